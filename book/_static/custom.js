// The menus of the top bar, and the accessibility that the theme and the notebooks leave open.
// Without JavaScript the pages still read well.

"use strict";

/** Put every table of the text in a box of its own, which can scroll sideways. */
function boxTables() {
  for (const table of document.querySelectorAll(".bd-article table")) {
    if (table.closest(".scroll-x")) continue;
    const box = document.createElement("div");
    box.className = "scroll-x";
    table.replaceWith(box);
    box.append(table);
  }
}

/** Let the keyboard reach whatever is wider than the page, and say what it is. */
function reachWideParts() {
  const kinds = { "scroll-x": "Table", math: "Equation" };
  for (const part of document.querySelectorAll(".scroll-x, .math, .bd-article pre")) {
    if (part.scrollWidth > part.clientWidth + 1) {
      const kind = Object.keys(kinds).find((name) => part.classList.contains(name));
      part.tabIndex = 0;
      part.setAttribute("role", "group");
      part.setAttribute("aria-label", `${kinds[kind] ?? "Code"}, scrolls sideways`);
    } else if (part.tabIndex === 0) {
      for (const name of ["tabindex", "role", "aria-label"]) part.removeAttribute(name);
    }
  }
}

/** Names and roles: a name must hold the text that is seen, and all text lies in a landmark. */
function nameParts() {
  for (const part of document.querySelectorAll("details.hide > summary, .search-button-field")) {
    part.removeAttribute("aria-label");
  }
  for (const cell of document.querySelectorAll(".bd-article th:empty")) {
    cell.replaceWith(document.createElement("td"));
  }
  for (const entry of document.querySelectorAll("[role=doc-biblioentry]")) {
    entry.setAttribute("role", "listitem");
  }
  const sidebar = document.getElementById("pst-primary-sidebar");
  sidebar?.setAttribute("role", "navigation");
  sidebar?.setAttribute("aria-label", "Book");
}

/** Open and close the menus of the top bar, by mouse and by keyboard. */
function openMenus() {
  for (const button of document.querySelectorAll('[data-bs-toggle="dropdown"]')) {
    const group = button.parentElement;
    const menu = group.querySelector(".dropdown-menu");
    const show = (open) => {
      menu.classList.toggle("show", open);
      button.setAttribute("aria-expanded", String(open));
    };
    button.addEventListener("click", () => show(!menu.classList.contains("show")));
    document.addEventListener("click", (event) => group.contains(event.target) || show(false));
    group.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !group.contains(event.relatedTarget)) show(false);
    });
    group.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      show(false);
      button.focus();
    });
  }
}

/** On paper, what is folded is open. */
function openOnPaper() {
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll(".bd-article details:not([open])")];
    for (const part of folded) part.open = true;
  });
  addEventListener("afterprint", () => {
    for (const part of folded) part.open = false;
  });
}

boxTables();
nameParts();
openMenus();
openOnPaper();
reachWideParts();
addEventListener("resize", reachWideParts);
addEventListener("load", () => {
  reachWideParts();
  window.MathJax?.startup?.promise?.then(reachWideParts);
});
document.addEventListener("toggle", reachWideParts, true);
