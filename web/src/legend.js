// SPDX-License-Identifier: MIT

// The curves of the time plot: what they are, whether they show, and their
// values at a moment.

import { el } from "./dom.js";
import { formatTime } from "./number.js";
import { CURVES } from "./time.js";

export function drawLegend(element, plot) {
	const time = el("span", { class: "time" });
	const values = new Map();
	const items = CURVES.filter(({ key }) => plot.has(key)).map(
		({ key, label }) => {
			const value = el("span", { class: "value" });
			values.set(key, value);
			const button = el(
				"button",
				{
					type: "button",
					class: `curve ${key}`,
					"aria-pressed": String(!plot.hidden.has(key)),
				},
				el("i", { class: "swatch" }),
				el("span", { text: label }),
				value,
			);
			button.addEventListener("click", () =>
				button.setAttribute("aria-pressed", String(plot.toggle(key))),
			);
			return button;
		},
	);
	element.replaceChildren(time, ...items);
	return {
		show(i) {
			time.textContent = formatTime(plot.profile.instants.time[i]);
			for (const [key, value] of values)
				value.textContent = plot.describe(key, i);
		},
	};
}
