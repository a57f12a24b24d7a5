// SPDX-License-Identifier: MIT

// A flame graph: one element a frame, so that the browser lays out, clips and
// reads out the names.  Frames narrower than a pixel or so are left out.

import { el } from "./dom.js";

const ROW = 20; // px
const NARROWEST = 1.5; // px
const LABEL = 24; // px: from here on there is room for a name
const MOST_FRAMES = 6000;
const TINTS = 7; // of modules, the heaviest first
const SHADES = 3; // of places in one, so that neighbours differ

// Steps of a difference, as many up as down.
export function trendClass(trend) {
	if (Math.abs(trend) < 0.02) return "same";
	const step = Math.min(4, 1 + Math.floor(Math.abs(trend) * 4));
	return (trend > 0 ? "up" : "down") + step;
}

// @options: element; isUp: it grows upward, and its root is drawn by the one
// below; onPick(node), onBack(); onPoint(node or null).
export class Flame {
	constructor(options) {
		Object.assign(this, options);
		const { element } = this;
		element.classList.add("flame");
		this.inner = el("div", { class: "frames" });
		element.append(this.inner);
		element.addEventListener("click", (e) => this.pick(this.nodeAt(e)));
		element.addEventListener("pointerover", (e) =>
			this.onPoint(this.nodeAt(e)),
		);
		element.addEventListener("pointerleave", () => this.onPoint(this.focused));
		element.addEventListener("keydown", (e) => this.onKey(e));
		element.addEventListener("focus", () =>
			this.focus(this.focused ?? this.zoom),
		);
		element.addEventListener("blur", () => this.focus(null));
		this.focused = null;
		this.width = 0;
		new ResizeObserver(() => this.resize()).observe(element);
	}

	// @order: heavier children first; @matches: what is looked for, or null.
	show(weights, grouping, { zoom = 0, order = null, matches = null } = {}) {
		const { tree, width } = weights;
		this.weights = weights;
		this.grouping = grouping;
		this.matches = matches;
		this.zoom = zoom < tree.n && width[zoom] > 0 ? zoom : 0;
		this.sortChildren(order ?? width);
		this.draw();
	}

	sortChildren(order) {
		const { tree, width } = this.weights;
		this.children = new Map();
		for (let i = 1; i < tree.n; i++) {
			if (!(width[i] > 0)) continue;
			const list = this.children.get(tree.parent[i]);
			if (list) list.push(i);
			else this.children.set(tree.parent[i], [i]);
		}
		for (const list of this.children.values())
			list.sort((a, b) => order[b] - order[a] || a - b);
	}

	resize() {
		const { width } = this.inner.getBoundingClientRect();
		if (!this.weights || width === this.width) return;
		this.draw();
	}

	// The callers of what is zoomed, then all that is wide enough.
	layOut(pixels) {
		const { tree, width } = this.weights;
		const out = [];
		for (let i = this.zoom; i; i = tree.parent[i])
			out.unshift({ node: tree.parent[i], x: 0, w: 1, isAbove: true });
		const whole = width[this.zoom];
		const todo = whole > 0 ? [{ node: this.zoom, x: 0, w: 1 }] : [];
		while (todo.length && out.length < MOST_FRAMES) {
			const frame = todo.pop();
			out.push(frame);
			let { x } = frame;
			for (const node of this.children.get(frame.node) ?? []) {
				const w = width[node] / whole;
				if (w * pixels >= NARROWEST) todo.push({ node, x, w });
				x += w;
			}
		}
		return out;
	}

	draw() {
		const { tree } = this.weights;
		const { width } = this.inner.getBoundingClientRect();
		const frames = this.layOut(width);
		const deepest = Math.max(0, ...frames.map((f) => tree.depth[f.node]));
		this.width = width;
		this.frames = new Map();
		for (const frame of frames)
			this.frames.set(frame.node, this.makeFrame(frame, deepest, width));
		const rows = this.isUp ? deepest : deepest + 1;
		this.inner.style.height = `${rows * ROW}px`;
		this.inner.replaceChildren(...this.frames.values());
		if (this.focused !== null)
			this.focus(this.frames.has(this.focused) ? this.focused : this.zoom);
	}

	makeFrame({ node, x, w, isAbove }, deepest, pixels) {
		const depth = this.weights.tree.depth[node];
		const place = this.grouping.place(this.weights.tree.group[node]);
		const e = el("div", {
			class: `frame ${this.classOf(node, place)}`,
			role: "treeitem",
			id: `${this.element.id}-${node}`,
			"aria-level": depth + 1,
			"aria-label": place.name,
			data: { node },
		});
		if (isAbove) e.classList.add("above");
		if (w * pixels >= LABEL) {
			e.classList.add("labelled");
			e.textContent = place.short;
		}
		e.style.left = `${100 * x}%`;
		e.style.width = `${100 * w}%`;
		e.style.top = `${(this.isUp ? deepest - depth : depth) * ROW}px`;
		return e;
	}

	classOf(node, place) {
		const { weights, matches } = this;
		const group = weights.tree.group[node];
		const look = weights.d
			? trendClass(weights.trend(node))
			: group < 0
				? "plain"
				: `tint${place.tint % TINTS} shade${group % SHADES}`;
		const hit = !matches ? "" : matches[node] ? " hit" : " dim";
		return look + (place.isWrapper ? " wrapper" : "") + hit;
	}

	nodeAt(event) {
		const frame = event.target.closest(".frame");
		return frame ? Number(frame.dataset.node) : null;
	}

	pick(node) {
		if (node === null) return;
		if (document.activeElement === this.element) this.focus(node);
		this.onPick(node);
	}

	focus(node) {
		this.frames?.get(this.focused)?.classList.remove("focused");
		this.focused = node;
		const frame = this.frames?.get(node);
		if (frame) {
			frame.classList.add("focused");
			frame.scrollIntoView({ block: "nearest" });
			this.element.setAttribute("aria-activedescendant", frame.id);
		} else {
			this.element.removeAttribute("aria-activedescendant");
		}
		this.onPoint(node);
	}

	// The next one in a direction that is shown.
	neighbour(step) {
		const { tree } = this.weights;
		const siblings = (
			this.children.get(tree.parent[this.focused]) ?? []
		).filter((node) => this.frames.has(node));
		return siblings[siblings.indexOf(this.focused) + step];
	}

	move(key) {
		const { tree } = this.weights;
		const [out, inward] = this.isUp
			? ["ArrowDown", "ArrowUp"]
			: ["ArrowUp", "ArrowDown"];
		switch (key) {
			case out:
				return this.focused ? tree.parent[this.focused] : undefined;
			case inward:
				return (this.children.get(this.focused) ?? []).find((node) =>
					this.frames.has(node),
				);
			case "ArrowLeft":
				return this.neighbour(-1);
			case "ArrowRight":
				return this.neighbour(1);
			case "Home":
				return this.zoom;
			default:
				return undefined;
		}
	}

	onKey(event) {
		if (event.ctrlKey || event.metaKey || event.altKey) return;
		const { key } = event;
		if (key === "Enter" || key === " ") {
			this.pick(this.focused);
		} else if (key === "Backspace") {
			this.onBack();
		} else if (key.startsWith("Arrow") || key === "Home") {
			const node = this.move(key);
			if (node !== undefined && this.frames.has(node)) this.focus(node);
		} else {
			return;
		}
		event.preventDefault();
	}
}
