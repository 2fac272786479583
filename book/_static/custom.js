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

/** Mark the formulas that are wider than the line that they stand in: on phones there are some. */
function markWideFormulas() {
  for (const formula of document.querySelectorAll("span.math")) {
    const line = formula.parentElement.closest("p, li, dd, td, th, figcaption, h1, h2, h3, h4");
    const drawn = formula.firstElementChild;
    formula.classList.toggle("wide", line && drawn && drawn.offsetWidth > line.clientWidth + 1);
  }
}

/** Let the keyboard reach whatever is wider than the page, and say what it is. */
function reachWideParts() {
  markWideFormulas();
  const kinds = { ".scroll-x": "Table", "mjx-container, .math": "Equation" };
  const parts = ".scroll-x, div.math > mjx-container, span.math, .bd-article pre";
  for (const part of document.querySelectorAll(parts)) {
    const scrolls = getComputedStyle(part).overflowX === "auto";
    if (scrolls && part.scrollWidth > part.clientWidth + 1) {
      const kind = Object.keys(kinds).find((selector) => part.matches(selector));
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

/** Let the button of the theme say which mode is on. */
function nameTheme() {
  const names = { auto: "as the system", light: "light", dark: "dark" };
  const name = () => {
    const { mode } = document.documentElement.dataset;
    for (const button of document.querySelectorAll(".theme-switch-button")) {
      button.setAttribute("aria-label", `Colours: ${names[mode] ?? mode}. Press to change.`);
    }
  };
  new MutationObserver(name).observe(document.documentElement, { attributeFilter: ["data-mode"] });
  name();
}

/** On paper, what is folded is open, and what is dark is light. */
function openOnPaper() {
  const { dataset } = document.documentElement;
  let folded = [];
  let theme;
  addEventListener("beforeprint", () => {
    theme = dataset.theme;
    dataset.theme = "light";
    folded = [...document.querySelectorAll(".bd-article details:not([open])")];
    for (const part of folded) part.open = true;
  });
  addEventListener("afterprint", () => {
    for (const part of folded) part.open = false;
    dataset.theme = theme;
  });
}

boxTables();
nameParts();
openMenus();
openOnPaper();
nameTheme();
reachWideParts();
addEventListener("resize", reachWideParts);
addEventListener("load", () => {
  reachWideParts();
  window.MathJax?.startup?.promise?.then(reachWideParts);
});
document.addEventListener("toggle", reachWideParts, true);
