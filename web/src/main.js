// SPDX-License-Identifier: MIT

import { Controls } from "./controls.js";
import { load } from "./data.js";
import { byId, el } from "./dom.js";
import { Flame } from "./flame.js";
import { FlowView } from "./flowview.js";
import { Grouping } from "./grouping.js";
import { drawHeader, programName } from "./header.js";
import { listenToKeys } from "./keys.js";
import { makeLayers } from "./layers.js";
import { drawLegend } from "./legend.js";
import { Profile } from "./profile.js";
import { sandwich } from "./sandwich.js";
import { findMatches, markMatches } from "./search.js";
import { State } from "./state.js";
import { Table } from "./table.js";
import { initTheme } from "./theme.js";
import { Threads } from "./threads.js";
import { TimePlot } from "./time.js";
import { View } from "./view.js";

// Where views begin, but those that begin at the top.
const STARTS = {
	flame: "flame-title",
	tree: "flame-title",
	flow: "flow-title",
	top: "table-title",
	leaks: "table-title",
	compare: "table-title",
	threads: "threads-title",
};

class Page {
	constructor(profile) {
		this.profile = profile;
		this.groupings = new Map();
		this.parts = new Map(); // by thread
		this.holders = new Map(); // layers, by grouping and thread
		this.state = new State(profile);
		this.controls = new Controls(this.state, profile);
		this.makeTime();
		this.makeGraphs();
		drawHeader(byId("header"), profile, (span) => this.state.set({ span }));
		this.state.listen(() => this.draw());
		listenToKeys(this);
		this.draw();
	}

	// The profile, or the part of it that one thread did.
	get shown() {
		const { thread } = this.state.current;
		if (thread === null) return this.profile;
		if (!this.parts.has(thread))
			this.parts.set(thread, this.profile.ofThread(thread));
		return this.parts.get(thread);
	}

	makeTime() {
		this.time?.destroy();
		this.time = new TimePlot(byId("time"), this.shown, {
			onMoment: (span, isSecond) => this.chooseMoment(span, isSecond),
			onPoint: (i) => this.legend.show(i ?? this.state.current.span[1]),
		});
		this.drawLegend();
	}

	drawLegend() {
		this.legend = drawLegend(byId("legend"), this.time, (place) =>
			this.state.set({ place }),
		);
	}

	layers(by) {
		const key = `${by} ${this.state.current.thread}`;
		if (!this.holders.has(key))
			this.holders.set(key, makeLayers(this.shown, this.grouping(by)));
		return this.holders.get(key);
	}

	// By what the table is of; by function, where that is of threads.
	showLayers(isSplit, by) {
		const layers = isSplit
			? this.layers(by === "thread" ? "function" : by)
			: null;
		if (layers === this.time.layers) return;
		this.time.setLayers(layers);
		this.drawLegend();
	}

	makeGraphs() {
		const pickPlace = (place) => this.state.set({ place });
		this.flame = new Flame({
			element: byId("flame"),
			onPick: (node) => this.zoomTo(node),
			onBack: () => this.state.back(),
			onPoint: (node) => this.describe("flame-info", this.flame, node),
		});
		this.table = new Table(byId("table"), pickPlace);
		this.threads = new Threads(byId("threads"), this.profile, (thread) =>
			this.state.set({ thread, by: "function" }),
		);
		this.flow = new FlowView(byId("flow"), byId("flow-note"), pickPlace);
		const half = (id, isUp) => {
			const flame = new Flame({
				element: byId(id),
				isUp,
				onPick: (node) => pickPlace(flame.weights.tree.group[node]),
				onBack: () => this.state.back(),
				onPoint: (node) => this.describe("sandwich-info", flame, node),
			});
			return flame;
		};
		this.callers = half("callers", true);
		this.callees = half("callees", false);
		for (const id of ["flame-info", "sandwich-info"])
			this.describe(id, this.flame, null);
	}

	// With Shift, what was chosen stays as what it is compared with.
	chooseMoment(span, isSecond) {
		const { hold, span: before } = this.state.current;
		this.state.set({ span, hold: isSecond && !hold ? before : hold });
	}

	zoomTo(node) {
		const group = this.flame.weights.tree.group[node];
		const change = { zoom: node };
		if (group >= 0) change.place = group;
		this.state.set(change);
	}

	grouping(by) {
		if (!this.groupings.has(by))
			this.groupings.set(by, new Grouping(this.profile, by));
		return this.groupings.get(by);
	}

	draw() {
		const { state } = this;
		const { by, find, span, hold, metric, split, range, thread } =
			state.current;
		const key = JSON.stringify([span, hold, metric, thread]);
		if (this.key !== key) this.view = new View(this.shown, state.current);
		this.key = key;
		if (this.time.profile !== this.shown) this.makeTime();
		const { view } = this;
		this.controls.show(view);
		const { classList } = document.body;
		classList.toggle("compares", view.isComparison);
		classList.toggle("exact", this.isExact(view));
		this.showLayers(split, by);
		this.time.setRange(range);
		this.time.show(view.isComparison && !hold ? span : view.span, view.base);
		this.legend.show(span[1]);
		byId("stacks-part").hidden = by === "thread";
		byId("threads-part").hidden = by !== "thread";
		cancelAnimationFrame(this.later);
		if (by === "thread") {
			byId("matched").textContent = "";
			this.threads.show(metric, span, find);
			document.documentElement.dataset.ready = "true";
		} else {
			this.drawStacks(this.grouping(by));
		}
	}

	drawStacks(grouping) {
		const { view } = this;
		const { inverted, zoom, place, find } = this.state.current;
		const layers = grouping.layers(inverted);
		if (view.layers !== layers) {
			view.layers = layers;
			view.grouping = grouping;
			view.weights = view.weigh(layers.tree, layers.nodeOfTrace);
		}
		this.matches = findMatches(view, grouping, find);
		const { matches } = this;
		this.drawMatches();
		this.flame.show(view.weights, grouping, {
			zoom,
			order: layers.order,
			matches: matches && markMatches(layers.tree, matches.groups),
		});
		const picked = this.choosePlace(place);
		this.table.show(view, grouping, { matches: matches?.groups, picked });
		this.later = requestAnimationFrame(() => this.drawLater(picked));
	}

	// At the view that was asked for, unless an address says what to show.
	begin() {
		const id = location.hash ? null : STARTS[this.profile.about.start_view];
		if (id) byId(id).scrollIntoView();
	}

	isExact(view) {
		const parts = [view.a, view.b, view.d].filter(Boolean);
		return parts.every((f) => f.bytesVar.every((x) => x === 0));
	}

	// The one that was picked, or else the heaviest.
	choosePlace(place) {
		const { grouping } = this.view;
		if (place !== null && place < grouping.places.length) return place;
		const self = grouping.bySite(this.view.a).self[this.view.unit];
		let best = null;
		for (let k = 3; k < self.length; k++)
			if (best === null || self[k] > self[best + 3]) best = k - 3;
		return best;
	}

	drawLater(picked) {
		const { view, matches } = this;
		this.flow.show(view, view.grouping, matches?.groups);
		byId("sandwich").hidden = picked === null;
		if (picked === null) return;
		const place = view.grouping.place(picked);
		const [callers, callees] = sandwich(view, view.grouping, picked);
		byId("sandwich-name").textContent = place.name;
		byId("sandwich-figure").textContent = this.text(callers, 0);
		this.callers.show(callers, view.grouping);
		this.callees.show(callees, view.grouping);
		document.documentElement.dataset.ready = "true";
	}

	drawMatches() {
		const { matches, view } = this;
		byId("matched").textContent = !matches
			? ""
			: !matches.groups.size
				? "no match"
				: `${matches.groups.size} places, ${view.format(matches.estimate)} (${view.share(matches.estimate.value)})`;
	}

	text(weights, node) {
		const { view } = this;
		const value = weights.value(node);
		const share = view.share(value.value);
		if (!view.isComparison) return `${view.format(value)} (${share})`;
		const change = view.formatChange(weights.change(node));
		return `${change}, from ${view.format(weights.before(node))} to ${view.format(value)}`;
	}

	describe(id, flame, node) {
		const info = byId(id);
		if (node === null || !flame.weights || node >= flame.weights.tree.n) {
			info.replaceChildren(
				el("span", { class: "hint", text: info.dataset.hint }),
			);
			return;
		}
		const { weights } = flame;
		const group = weights.tree.group[node];
		const place = flame.grouping.place(group);
		info.replaceChildren(
			el("b", { text: place.name }),
			el("span", { class: "figure", text: this.text(weights, node) }),
			el("span", { class: "where", text: place.where }),
		);
	}
}

function drawEmpty(profile) {
	const { about } = profile;
	const why = about.foreign_malloc
		? "The program brought a malloc of its own: its executable has an allocator built in, so that its calls never reach the C library’s. Build it without, or with the allocator as a shared library, to see its memory."
		: "The program did not allocate anything while it was recorded.";
	byId("main").replaceChildren(
		el(
			"section",
			{ class: "nothing" },
			el("h2", { text: "Nothing was recorded" }),
			el("p", { text: why }),
		),
	);
}

async function start() {
	let page = null;
	initTheme(() => page?.time.redraw());
	const profile = new Profile(await load());
	document.title = `${programName(profile.about)} – heap profile`;
	byId("version").textContent = profile.about.version;
	if (profile.isEmpty) {
		drawHeader(byId("header"), profile);
		drawEmpty(profile);
		document.documentElement.dataset.ready = "true";
	} else {
		page = new Page(profile);
	}
	byId("loading").remove();
	byId("main").hidden = false;
	page?.begin();
}

start().catch((error) => {
	byId("loading").textContent = `This page cannot be shown: ${error.message}`;
	throw error;
});
