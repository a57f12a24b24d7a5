// SPDX-License-Identifier: MIT

// Elements, made without any markup: names come from files and can be
// anything, so they only ever become text.

export function el(tag, props = {}, ...children) {
	const isSvg = SVG.has(tag);
	const e = isSvg
		? document.createElementNS("http://www.w3.org/2000/svg", tag)
		: document.createElement(tag);
	for (const [key, value] of Object.entries(props)) {
		if (value === undefined || value === null || value === false) continue;
		if (key.startsWith("on")) e.addEventListener(key.slice(2), value);
		else if (key === "text") e.textContent = value;
		else if (key === "data") Object.assign(e.dataset, value);
		else if (value === true) e.setAttribute(key, "");
		else e.setAttribute(key, value);
	}
	e.append(...children.filter((c) => c !== null && c !== undefined));
	return e;
}

const SVG = new Set(["svg", "g", "path", "rect", "line", "text", "title"]);

export function byId(id) {
	return document.getElementById(id);
}
