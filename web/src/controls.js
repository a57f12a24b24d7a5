// SPDX-License-Identifier: MIT

// What is chosen, and the buttons to choose something else.

import { byId, el } from "./dom.js";
import { formatPrecise, formatTime } from "./number.js";
import { METRICS } from "./profile.js";
import { readThreads, threadName } from "./threads.js";

const BY = {
	function: "Function",
	line: "Line",
	module: "Module",
	thread: "Thread",
};
const SPLITS = { no: "As a whole", yes: "Who holds it" };
const ORDERS = { callers: "Callers first", sites: "Who allocates first" };

// Radio buttons that look like one control.
function choice(element, name, options, onChange) {
	for (const [value, title] of Object.entries(options)) {
		const input = el("input", {
			type: "radio",
			name,
			value,
			id: `${name}-${value}`,
			onchange: () => onChange(value),
		});
		element.append(
			input,
			el("label", { for: `${name}-${value}`, text: title }),
		);
	}
}

function check(name, value) {
	byId(`${name}-${value}`).checked = true;
}

export class Controls {
	constructor(state, profile) {
		this.state = state;
		this.profile = profile;
		const titles = Object.fromEntries(
			Object.entries(METRICS).map(([key, m]) => [key, m.title]),
		);
		choice(byId("metrics"), "metric", titles, (metric) =>
			state.set({ metric }),
		);
		const { thread, ...byStack } = BY;
		const by = profile.hasThreads ? { ...byStack, thread } : byStack;
		choice(byId("groupings"), "by", by, (by) => state.set({ by }));
		choice(byId("orders"), "order", ORDERS, (order) =>
			state.set({ inverted: order === "sites" }),
		);
		choice(byId("splits"), "split", SPLITS, (split) =>
			state.set({ split: split === "yes" }),
		);
		this.listThreads();
		byId("find").addEventListener("input", (e) =>
			state.set({ find: e.target.value }),
		);
		byId("back").addEventListener("click", () => state.back());
		byId("hold").addEventListener("click", () => this.toggleHold());
		byId("whole").addEventListener("click", () =>
			this.choose([0, profile.last]),
		);
		byId("stretch").addEventListener("click", () => this.toggleRange());
		byId("at-peak").addEventListener("click", () =>
			this.choose([profile.about.peak, profile.about.peak]),
		);
		byId("at-end").addEventListener("click", () =>
			this.choose([profile.last, profile.last]),
		);
	}

	listThreads() {
		const { profile, state } = this;
		byId("of-thread").hidden = !profile.hasSplit;
		if (!profile.hasSplit) return;
		const select = byId("thread");
		const option = (value, text) => el("option", { value, text });
		select.append(
			option("", "all"),
			...readThreads(profile.about.threads).map((t) =>
				option(String(t.number), threadName(t)),
			),
		);
		select.addEventListener("change", () =>
			state.set({ thread: select.value ? Number(select.value) : null }),
		);
	}

	choose(span) {
		this.state.set({ span });
	}

	toggleHold() {
		const { hold, span } = this.state.current;
		this.state.set({ hold: hold ? null : span });
	}

	// Of the time axis: to the span that is chosen, and back.
	toggleRange() {
		const { range, span } = this.state.current;
		if (range) this.state.set({ range: null });
		else if (span[0] < span[1]) this.state.set({ range: span });
	}

	name([i, j]) {
		const { about, instants, last } = this.profile;
		const at = (k) => formatTime(instants.time[k]);
		if (i !== j) return `${at(i)} – ${at(j)}`;
		const marks = about.marks.filter(([t]) => t === instants.time[i]);
		const names = marks.map(([, label]) => label);
		if (i === about.peak) names.unshift("peak");
		if (i === last) names.push("end");
		return at(i) + (names.length ? ` (${names.join(", ")})` : "");
	}

	show(view) {
		const { metric, by, inverted, split, range, thread, find, span, hold } =
			this.state.current;
		check("metric", metric);
		check("by", by);
		byId("thread").value = thread === null ? "" : String(thread);
		check("split", split ? "yes" : "no");
		check("order", inverted ? "sites" : "callers");
		if (byId("find").value !== find) byId("find").value = find;
		byId("hold").setAttribute("aria-pressed", String(Boolean(hold)));
		byId("hold").textContent = hold ? "Release" : "Hold";
		byId("stretch").textContent = range ? "Zoom out" : "Zoom in";
		byId("stretch").disabled = !range && span[0] === span[1];
		byId("chosen").replaceChildren(...this.describe(view, span, hold));
	}

	describe(view, span, hold) {
		const part = (className, label, e, more = "") =>
			el(
				"span",
				{
					class: `moment ${className}`,
					title: formatPrecise(e, view.unit),
				},
				el("b", { text: label }),
				` ${view.format(e)}${more}`,
			);
		const { whole, total } = view.a;
		if (!view.isComparison) {
			const blocks = view.unit === "bytes" && total[1] > 0;
			const count = blocks ? ` in ${view.countText()}` : "";
			return [
				part("chosen", this.name(span), whole, count),
				el("span", { class: "what", text: view.describe(view.span) }),
			];
		}
		return [
			part("held", this.name(hold ?? [span[0], span[0]]), view.b.whole),
			el("span", { class: "what", text: "→" }),
			part("chosen", this.name(view.span), whole),
			el(
				"span",
				{
					class: "change",
					title: formatPrecise(view.d.whole, view.unit),
				},
				el("b", { text: view.formatChange(view.d.whole) }),
				` ${view.title.toLowerCase()}`,
			),
		];
	}
}
