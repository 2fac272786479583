// The figure that moves: sliders choose a state, and the table in the page says how it looks.
// No number is computed here. neurocoord_book.figures.explore draws the first state by the same rules.

"use strict";

{
  const figure = document.getElementById("explore");
  const data = JSON.parse(document.getElementById("explore-data").textContent);
  const form = figure.querySelector("form");
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  const MILLISECONDS = 180;

  /** The state at the given positions of the levels, as an object of its columns. */
  function stateAt(levels) {
    const row = data.order.reduce((at, name) => at * data.words[name].length + levels[name], 0);
    return Object.fromEntries(data.columns.map((name, i) => [name, data.rows[row][i]]));
  }

  /** What the controls say. */
  function chosen() {
    const levels = {};
    for (const name of data.choices) {
      levels[name] = Number(form.elements[`explore-${name}`].value);
    }
    for (const slider of form.querySelectorAll("[type=range]")) {
      levels[slider.id.replace("explore-", "")] = Number(slider.value);
    }
    return levels;
  }

  /** Draw ellipse (the Cholesky factor turns the unit circle into it) and arrow. */
  function drawShapes(which, state) {
    const [circle, line, head] = figure.querySelector(`.explore-${which}`).children;
    const a = Math.sqrt(state.variance_1);
    const b = state.covariance / a;
    const d = Math.sqrt(state.variance_2 - b * b);
    const [A, B, D] = [a, b, d].map((entry) => (data.sds * entry).toFixed(4));
    circle.setAttribute("transform", `matrix(${A} ${B} 0 ${D} 0 0)`);
    line.setAttribute("x2", state.slope_1.toFixed(3));
    line.setAttribute("y2", state.slope_2.toFixed(3));
    const angle = (Math.atan2(state.slope_2, state.slope_1) * 180) / Math.PI;
    const end = `${state.slope_1.toFixed(3)} ${state.slope_2.toFixed(3)}`;
    head.setAttribute("transform", `translate(${end}) rotate(${angle.toFixed(2)})`);
  }

  function draw(state, longest) {
    drawShapes("now", state);
    for (const name of data.bars) {
      const width = (100 * state[name]) / longest;
      figure.querySelector(`[data-bar=${name}]`).setAttribute("width", width.toFixed(2));
    }
  }

  let drawn;
  let running = 0;

  /** Go over to a state, at once for those who want less motion. */
  function moveTo(state, longest) {
    cancelAnimationFrame(running);
    const from = drawn ?? state;
    const begin = performance.now();
    const step = (now) => {
      const part = still.matches ? 1 : Math.min(1, Math.max(0, now - begin) / MILLISECONDS);
      const between = data.columns.map((k) => [k, from[k] + part * (state[k] - from[k])]);
      drawn = part < 1 ? Object.fromEntries(between) : state;
      draw(drawn, longest);
      if (part < 1) running = requestAnimationFrame(step);
    };
    step(begin);
  }

  function update() {
    const levels = chosen();
    const state = stateAt(levels);
    const said = {};
    for (const name of data.order) said[name] = data.words[name][levels[name]];
    for (const name of data.numbers) {
      said[name] = state[name].toFixed(2);
      figure.querySelector(`[data-number=${name}]`).textContent = said[name];
    }
    for (const slider of form.querySelectorAll("[type=range]")) {
      const words = said[slider.id.replace("explore-", "")];
      slider.setAttribute("aria-valuetext", words);
      slider.parentElement.querySelector("output").textContent = words;
    }
    drawShapes("before", stateAt({ ...levels, amount: 0 }));
    moveTo(state, data.longest[levels.window]);
    return data.sentence.replace(/\{(\w+)\}/g, (_, name) => said[name]);
  }

  // The sentence waits until the slider rests, so that a screen reader is not flooded.
  let waiting = 0;
  form.addEventListener("input", () => {
    const sentence = update();
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      figure.querySelector(".explore-sentence").textContent = sentence;
    }, 400);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  update();
}
