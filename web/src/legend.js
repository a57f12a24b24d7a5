// SPDX-License-Identifier: MIT

// The curves of the time plot: what they are, whether they show, and their
// values at a moment.

import { el } from "./dom.js";
import { estimate, formatEstimate, formatTime } from "./number.js";
import { CURVES } from "./time.js";

// The layers instead of curves: each is of a place, which @onPick gets.
function drawLayers(layers, onPick, values) {
	return layers.map((layer) => {
		const value = el("span", { class: "value" });
		values.push((i) => {
			const e = estimate(layer.figures.at(i), "bytes");
			value.textContent = formatEstimate(e, "bytes");
		});
		const swatch = el("i", { class: "swatch block" });
		swatch.style.setProperty("--c", `var(--${layer.colour})`);
		const isPlace = layer.group !== null;
		return el(
			isPlace ? "button" : "span",
			{
				type: isPlace && "button",
				class: "curve",
				onclick: isPlace && (() => onPick(layer.group)),
			},
			swatch,
			el("span", { class: isPlace ? "name" : "", text: layer.name }),
			value,
		);
	});
}

function drawCurves(plot, values) {
	return CURVES.filter(({ key }) => plot.has(key)).map(({ key, label }) => {
		const value = el("span", { class: "value" });
		values.push((i) => {
			value.textContent = plot.describe(key, i);
		});
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
	});
}

export function drawLegend(element, plot, onPick) {
	const time = el("span", { class: "time" });
	const values = [];
	const items = plot.layers
		? drawLayers(plot.layers, onPick, values)
		: drawCurves(plot, values);
	element.replaceChildren(time, ...items);
	return {
		show(i) {
			time.textContent = formatTime(plot.profile.instants.time[i]);
			for (const show of values) show(i);
		},
	};
}
