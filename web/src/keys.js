// SPDX-License-Identifier: MIT

// Keys for the whole page, and for the time plot.

import { byId } from "./dom.js";

const STEPS = {
	ArrowLeft: -1,
	ArrowRight: 1,
	PageUp: -10,
	PageDown: 10,
	Home: Number.NEGATIVE_INFINITY,
	End: Number.POSITIVE_INFINITY,
};

function clamp(i, last) {
	return Math.max(0, Math.min(last, i));
}

// Arrows move the moment; with Shift, the end of a span.
function moveInTime({ state, profile }, event) {
	const step = STEPS[event.key];
	if (step === undefined) return false;
	const [i, j] = state.current.span;
	const next = clamp(j + step, profile.last);
	const span = event.shiftKey
		? [Math.min(i, next), Math.max(i, next)]
		: [next, next];
	state.set({ span });
	return true;
}

function isTyping(event) {
	return event.target.matches("input[type=search], textarea");
}

function leave(page) {
	const { find, zoom, range, hold } = page.state.current;
	if (find) page.state.set({ find: "" });
	else if (zoom) page.state.set({ zoom: page.flame.weights.tree.parent[zoom] });
	else if (range) page.state.set({ range: null });
	else if (hold) page.state.set({ hold: null });
}

export function listenToKeys(page) {
	const time = byId("time");
	time.addEventListener("keydown", (event) => {
		if (event.ctrlKey || event.metaKey || event.altKey) return;
		if (moveInTime(page, event)) event.preventDefault();
	});
	document.addEventListener("keydown", (event) => {
		if (event.ctrlKey || event.metaKey || event.altKey) return;
		if (event.key === "Escape") {
			if (isTyping(event)) event.target.blur();
			leave(page);
			event.preventDefault();
			return;
		}
		if (isTyping(event)) return;
		if (event.key === "/") byId("find").focus();
		else if (event.key === "h") page.controls.toggleHold();
		else if (event.key === "z") page.controls.toggleRange();
		else if (event.key === "p") byId("at-peak").click();
		else return;
		event.preventDefault();
	});
}
