// What pages do beyond HTML and htmx: choose dark or light colours, close menus, go to what is wrong.
// Everything works without: colours then follow the system, menus close by their own button.
"use strict";

const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");

function chosen() {
  try {
    return localStorage.getItem("theme");
  } catch {
    return null; // storage is switched off
  }
}

function paint() {
  const theme = chosen();
  if (theme) root.dataset.kernTheme = theme;
  for (const button of document.querySelectorAll("[data-theme-switch]")) {
    button.hidden = false;
    button.setAttribute("aria-pressed", String((theme || (dark.matches ? "dark" : "light")) === "dark"));
  }
}

paint();
dark.addEventListener("change", paint);
document.addEventListener("DOMContentLoaded", () => {
  paint();
  document.querySelector("[data-focus]")?.focus();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-switch]");
  if (button) {
    try {
      localStorage.setItem("theme", button.getAttribute("aria-pressed") === "true" ? "light" : "dark");
    } catch {
      return;
    }
    paint();
  }
  for (const menu of document.querySelectorAll("details.wfm-menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest("details.wfm-menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
