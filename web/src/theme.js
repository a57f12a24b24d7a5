// SPDX-License-Identifier: MIT

// Light or dark: as the system is, until one is chosen.

import { byId } from "./dom.js";

export function initTheme(onChange) {
	const root = document.documentElement;
	const system = matchMedia("(prefers-color-scheme: dark)");
	const isDark = () =>
		root.dataset.theme ? root.dataset.theme === "dark" : system.matches;
	const button = byId("theme");
	const show = () => {
		button.setAttribute(
			"aria-label",
			isDark() ? "Light colours" : "Dark colours",
		);
		button.textContent = isDark() ? "☀" : "☾";
		onChange();
	};
	button.addEventListener("click", () => {
		root.dataset.theme = isDark() ? "light" : "dark";
		show();
	});
	system.addEventListener("change", show);
	show();
}
