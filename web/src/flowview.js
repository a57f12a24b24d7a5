// SPDX-License-Identifier: MIT

// Draws the flow of memory: bars for places, bands for calls.

import { el } from "./dom.js";
import { trendClass } from "./flame.js";
import { flow, sizeOf } from "./flow.js";
import { layOut } from "./flowlayout.js";
import { estimate } from "./number.js";

const BAR = 10; // px wide
const SCALE = 300; // px for all that there is
const COLUMN = 168; // px, at least

function curve(x1, y1, x2, y2) {
	const m = (x1 + x2) / 2;
	return `C${m},${y1} ${m},${y2} ${x2},${y2}`;
}

function trend(view, sum) {
	const k = view.unit === "bytes" ? 0 : 1;
	const most = Math.max(sum.a[k], sum.b[k]);
	return most > 0 ? Math.max(-1, Math.min(1, sum.d[0] / most)) : 0;
}

export class FlowView {
	// @onPick(group)
	constructor(element, note, onPick) {
		this.element = element;
		this.note = note;
		this.onPick = onPick;
		element.addEventListener("click", (e) => this.click(e));
		element.addEventListener("keydown", (e) => {
			if (e.key === "Enter" || e.key === " ") this.click(e);
		});
		new ResizeObserver(() => this.resize()).observe(element);
	}

	click(event) {
		const node = event.target.closest("[data-group]");
		if (!node) return;
		event.preventDefault();
		this.onPick(Number(node.dataset.group));
	}

	resize() {
		if (this.graph && this.element.clientWidth !== this.width) this.draw();
	}

	show(view, grouping, matches) {
		this.view = view;
		this.grouping = grouping;
		this.matches = matches;
		this.graph = flow(view, grouping);
		this.draw();
	}

	draw() {
		const { graph, view } = this;
		const size = (sum) => sizeOf(view, sum);
		this.width = this.element.clientWidth;
		if (!graph.nodes.length) {
			this.element.replaceChildren(
				el("p", { class: "empty", text: "Nothing flows here." }),
			);
			this.note.textContent = "";
			return;
		}
		const { columns, height } = layOut(graph, size, SCALE);
		const step = Math.max(COLUMN, (this.width - 8) / columns);
		this.x = (item) => item.column * step + 1;
		const svg = el("svg", {
			width: Math.ceil(columns * step),
			height: Math.ceil(height) + 4,
			role: "group",
			"aria-label": "Who calls whom",
		});
		const edges = graph.nodes.flatMap((node) => node.out);
		svg.append(...edges.map((e) => this.drawEdge(e, step)));
		svg.append(...graph.nodes.map((n) => this.drawNode(n, step)));
		this.element.replaceChildren(svg);
		this.note.textContent = this.describeRest();
	}

	describeRest() {
		const { droppedNodes, droppedEdges } = this.graph;
		const parts = [];
		if (droppedNodes) parts.push(`${droppedNodes} small places`);
		if (droppedEdges) parts.push(`${droppedEdges} small calls`);
		return parts.length ? `Left out: ${parts.join(" and ")}.` : "";
	}

	brief(sum) {
		const { view } = this;
		return view.isComparison
			? view.formatChange(estimate(sum.d, "bytes"))
			: view.format(view.estimate(sum.a));
	}

	text(sum) {
		const { view } = this;
		if (!view.isComparison) return this.brief(sum);
		const before = view.format(view.estimate(sum.b));
		const after = view.format(view.estimate(sum.a));
		return `${this.brief(sum)}, from ${before} to ${after}`;
	}

	look(sum) {
		return this.view.isComparison ? trendClass(trend(this.view, sum)) : "plain";
	}

	name(group) {
		return this.grouping.place(group).name;
	}

	drawEdge(edge, step) {
		const { from, to } = edge;
		const title = `${this.name(from.groups[from.groups.length - 1])} → ${this.name(to.groups[0])}: ${this.text(edge.flow)}`;
		const x1 = this.x(from.item) + BAR;
		const x2 = this.x(to.item);
		let d;
		if (edge.isBack) {
			const y1 = from.item.y + from.item.height;
			const y2 = to.item.y + to.item.height;
			const low = Math.max(y1, y2) + 24;
			d = `M${x1},${y1}C${x1 + 40},${low} ${x2 - 40},${low} ${x2},${y2}`;
		} else {
			let x = x1;
			let y = edge.y1;
			d = `M${x},${y}`;
			for (const item of edge.via) {
				const next = item.column * step + 1;
				const m = item.y + item.height / 2;
				d += `${curve(x, y, next, m)}L${next + BAR},${m}`;
				x = next + BAR;
				y = m;
			}
			d += curve(x, y, x2, edge.y2);
		}
		const path = el("path", { d, class: `edge ${this.look(edge.flow)}` });
		path.style.strokeWidth = edge.isBack ? 1.5 : edge.height;
		path.append(el("title", { text: title }));
		return path;
	}

	describeNode(node) {
		const names = node.groups.map((g) => this.name(g)).join("\n→ ");
		const lines = [
			["all of it", node.cumulative],
			["itself", node.local],
			["begins here", node.entry],
			["from small ones", node.droppedIn],
			["to small ones", node.droppedOut],
		];
		return `${names}\n${lines
			.map(([label, sum]) => `${label}: ${this.text(sum)}`)
			.join("\n")}`;
	}

	drawNode(node, step) {
		const { item, groups } = node;
		const last = groups[groups.length - 1];
		const place = this.grouping.place(last);
		const x = this.x(item);
		const hit = !this.matches
			? ""
			: groups.some((g) => this.matches.has(g))
				? " hit"
				: " dim";
		const more = groups.length > 1 ? ` +${groups.length - 1}` : "";
		const room = Math.floor((step - BAR - 14) / 6.6);
		const name = this.shorten(place.short, room - more.length) + more;
		return el(
			"g",
			{
				class: `node ${this.look(node.cumulative)}${hit}`,
				tabindex: 0,
				role: "button",
				"aria-label": place.name,
				data: { group: last, size: sizeOf(this.view, node.cumulative) },
			},
			el("rect", {
				x,
				y: item.y,
				width: BAR,
				height: Math.max(item.height, 1.5),
			}),
			el("text", { x: x + BAR + 6, y: item.y + 12, text: name }),
			el("text", {
				x: x + BAR + 6,
				y: item.y + 26,
				class: "figure",
				text: this.brief(node.cumulative),
			}),
			el("title", { text: this.describeNode(node) }),
		);
	}

	shorten(text, room) {
		return text.length > room
			? `${text.slice(0, Math.max(room - 1, 3))}…`
			: text;
	}
}
