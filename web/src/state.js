// SPDX-License-Identifier: MIT

// What is looked at, kept in the address after "#", so that the browser's own
// Back and bookmarks work.

import { METRICS } from "./profile.js";

const GROUPINGS = ["function", "line", "module", "thread"];
const QUICK = 700; // ms: steps that follow each other faster are one

function spanText(span) {
	return span[0] === span[1] ? `${span[0]}` : `${span[0]}-${span[1]}`;
}

function parseSpan(text, last) {
	const match = /^(\d+)(?:-(\d+))?$/.exec(text ?? "");
	if (!match) return null;
	const i = Number(match[1]);
	const j = Number(match[2] ?? i);
	return i <= j && j <= last ? [i, j] : null;
}

function parseNumber(text) {
	return /^\d+$/.test(text ?? "") ? Number(text) : null;
}

// What the page was asked to begin with.
function findStart({ about, last }) {
	const metric = Object.hasOwn(METRICS, about.metric) ? about.metric : "live";
	const isMoment = METRICS[metric].stock || about.held !== undefined;
	return {
		span: isMoment ? [about.at, about.at] : [0, last],
		hold: about.held === undefined ? null : [about.held, about.held],
		metric,
		by: GROUPINGS.includes(about.by) ? about.by : "function",
		inverted: about.inverted,
		range: null, // of the time axis; null: the whole run
		split: false,
		thread: null,
		zoom: 0,
		place: null,
		find: "",
	};
}

export class State {
	constructor(profile) {
		this.profile = profile;
		this.start = findStart(profile);
		this.listeners = [];
		this.changed = 0;
		this.current = this.parse();
		addEventListener("hashchange", () => this.follow());
		addEventListener("popstate", () => this.follow());
	}

	parse() {
		const p = new URLSearchParams(location.hash.slice(1));
		const { start } = this;
		const { last } = this.profile;
		const metric = p.get("metric");
		const by = p.get("by");
		const hold = p.has("hold") ? parseSpan(p.get("hold"), last) : start.hold;
		return {
			span: parseSpan(p.get("at"), last) ?? start.span,
			hold,
			metric: Object.hasOwn(METRICS, metric ?? "") ? metric : start.metric,
			by: GROUPINGS.includes(by) ? by : start.by,
			inverted: p.has("inverted") ? p.get("inverted") === "1" : start.inverted,
			range: parseSpan(p.get("range"), last),
			split: p.get("split") === "1",
			thread: this.parseThread(p.get("thread")),
			zoom: parseNumber(p.get("zoom")) ?? 0,
			place: parseNumber(p.get("place")),
			find: p.get("find") ?? "",
		};
	}

	parseThread(text) {
		const { about, hasSplit } = this.profile;
		const thread = parseNumber(text);
		const isKnown = about.threads.some(([, , number]) => number === thread);
		return hasSplit && isKnown ? thread : null;
	}

	format(s) {
		const { start } = this;
		const p = new URLSearchParams();
		p.set("at", spanText(s.span));
		if (s.hold) p.set("hold", spanText(s.hold));
		else if (start.hold) p.set("hold", "none");
		if (s.metric !== start.metric) p.set("metric", s.metric);
		if (s.by !== start.by) p.set("by", s.by);
		if (s.inverted !== start.inverted) p.set("inverted", s.inverted ? 1 : 0);
		if (s.range) p.set("range", spanText(s.range));
		if (s.split) p.set("split", 1);
		if (s.thread !== null) p.set("thread", s.thread);
		if (s.zoom) p.set("zoom", s.zoom);
		if (s.place !== null) p.set("place", s.place);
		if (s.find) p.set("find", s.find);
		return `#${p}`;
	}

	follow() {
		this.show(this.parse());
	}

	show(next) {
		const before = this.current;
		this.current = next;
		for (const listener of this.listeners) listener(next, before);
	}

	listen(listener) {
		this.listeners.push(listener);
	}

	// Numbers of nodes and places mean something in one grouping only.
	set(change) {
		const next = { ...this.current, ...change };
		if (next.by !== this.current.by)
			Object.assign(next, { zoom: 0, place: null });
		if (next.inverted !== this.current.inverted) next.zoom = 0;
		const hash = this.format(next);
		if (hash === this.format(this.current)) return;
		const now = performance.now();
		const keys = Object.keys(change).join();
		const isStep = keys === this.keys && now - this.changed < QUICK;
		this.changed = now;
		this.keys = keys;
		if (isStep) history.replaceState(null, "", hash);
		else history.pushState({ ours: true }, "", hash);
		this.show(next);
	}

	// Only as far as this page goes.
	back() {
		if (history.state?.ours) history.back();
	}
}
