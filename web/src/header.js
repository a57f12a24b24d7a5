// SPDX-License-Identifier: MIT

// What ran, how it was recorded, and what all figures rest on.

import { el } from "./dom.js";
import {
	formatBytes,
	formatCount,
	formatEstimate,
	formatExact,
	formatSize,
	formatTime,
} from "./number.js";

function plural(n, one, many = `${one}s`) {
	return `${formatExact(n)} ${n === 1 ? one : many}`;
}

function probability(p) {
	if (p >= 1) return "all";
	if (!(p > 0)) return "none";
	const oneIn = 1 / p;
	if (Math.abs(oneIn - Math.round(oneIn)) < 1e-6 * oneIn)
		return `1 in ${formatExact(oneIn)}`;
	return `${Number((100 * p).toPrecision(3))}%`;
}

function describeSampling({ bytes, rates }) {
	if (bytes) return `one byte in ${formatSize(bytes)}`;
	if (!rates.length) return "every allocation";
	const parts = rates.map((r) =>
		r.below === null
			? `${probability(r.probability)} above`
			: `${probability(r.probability)} below ${formatSize(r.below)}`,
	);
	if (rates[rates.length - 1].below !== null) parts.push("all above");
	return parts.join(", ");
}

function describeLosses(about) {
	const { lost, damaged_bytes } = about.events;
	const parts = [];
	if (lost) parts.push(plural(lost, "event"));
	if (damaged_bytes) parts.push(`${formatSize(damaged_bytes)} of damaged log`);
	if (about.shortened) parts.push("what followed: the digest was interrupted");
	return parts.join(", ");
}

function describeMissing(about) {
	const { unknown_stacks, cut_stacks } = about.events;
	const parts = [];
	if (unknown_stacks) parts.push(plural(unknown_stacks, "stack"));
	if (cut_stacks)
		parts.push(`ends of ${formatExact(cut_stacks)} deeper than ${about.depth}`);
	if (about.unknown_modules)
		parts.push(`symbols of ${plural(about.unknown_modules, "module")}`);
	return parts.join(", ");
}

// Version 1 did not count what was seen.
function describeSeen({ events, seen_bytes }) {
	if (!events.seen && events.recorded)
		return `${plural(events.recorded, "allocation")} and ${plural(events.freed, "free")} recorded`;
	return (
		`${plural(events.seen, "allocation")} of ${formatBytes(seen_bytes)} seen; ` +
		`${formatExact(events.recorded)} of them and ${plural(events.freed, "free")} recorded`
	);
}

function describeRun(about) {
	const start = about.start.replace("T", " ").replace(/\.\d+Z$/, " UTC");
	const where = about.pid ? `, pid ${about.pid} on ${about.host || "?"}` : "";
	return `${formatTime(about.duration_s)} from ${start}${where}`;
}

function describeEnd(about) {
	if (about.running) return "it still runs or was killed: whole up to here";
	return about.ended;
}

// What the page leaves out so that it opens quickly.
function describePruning(about) {
	const [shown, all] = about.nr_instants;
	const [traces, allTraces] = about.nr_traces;
	const parts = [];
	if (shown < all)
		parts.push(`${formatExact(shown)} of ${formatExact(all)} snapshots`);
	if (traces < allTraces)
		parts.push(
			`the ${formatExact(traces)} heaviest of ${formatExact(allTraces)} stacks`,
		);
	if (about.nr_hidden)
		parts.push(
			`no stacks that --focus or --ignore leave out (${formatExact(about.nr_hidden)})`,
		);
	if (!parts.length) return "";
	const rest =
		traces < allTraces || about.nr_hidden
			? " What the other stacks hold is in “(small ones)”, so that all adds up."
			: "";
	return `To open quickly, this page has ${parts.join(" and ")}.${rest} A page of a part of the run, made with --from and --to, has more of it.`;
}

function fact(label, text, className) {
	if (!text) return null;
	return el(
		"div",
		{ class: className ?? "" },
		el("dt", { text: label }),
		el("dd", { text }),
	);
}

function figure(label, value, note, onclick) {
	return el(
		onclick ? "button" : "div",
		{ class: "figure", type: onclick && "button", onclick },
		el("span", { class: "label", text: label }),
		el("strong", { text: value }),
		el("span", { class: "note", text: note }),
	);
}

function drawFigures(profile, onMoment) {
	const { about, instants, last } = profile;
	const live = (i) =>
		formatEstimate(
			{ value: instants.live.bytes[i], error: instants.bytesError[i] },
			"bytes",
		);
	const blocks = (i) =>
		`${formatEstimate({ value: instants.live.count[i], error: instants.countError[i] }, "count")} blocks`;
	const { seen } = about.events;
	return [
		figure(
			"Peak",
			live(about.peak),
			`${blocks(about.peak)} at ${formatTime(instants.time[about.peak])}`,
			() => onMoment([about.peak, about.peak]),
		),
		figure(
			about.ranged ? "Held at the end of that" : "Not freed at the end",
			live(last),
			`${blocks(last)} at ${formatTime(instants.time[last])}`,
			() => onMoment([last, last]),
		),
		seen && !about.ranged
			? figure(
					"Allocated in all",
					formatBytes(about.seen_bytes),
					`in ${formatCount(seen)} allocations`,
				)
			: null,
	];
}

export function programName(about) {
	const name = about.program[0] ?? about.executable ?? "unknown program";
	return name.slice(name.lastIndexOf("/") + 1) || name;
}

export function drawHeader(element, profile, onMoment) {
	const { about } = profile;
	const losses = describeLosses(about);
	element.replaceChildren(
		el(
			"div",
			{ class: "title" },
			el("h1", { text: programName(about) }),
			el("code", {
				class: "command",
				title: about.program.join(" "),
				text: about.program.slice(1).join(" "),
			}),
		),
		el(
			"div",
			{ class: "figures" },
			...(profile.isEmpty ? [] : drawFigures(profile, onMoment)),
		),
		el(
			"dl",
			{ class: "facts" },
			fact("ran", describeRun(about)),
			fact("ended", describeEnd(about), "warning"),
			fact("sampled", describeSampling(about.sampling)),
			fact("counted", describeSeen(about)),
			losses ? fact("lost", losses, "warning") : fact("lost", "nothing"),
			fact("missing", describeMissing(about), "warning"),
			fact("shown", describePruning(about), "wide"),
		),
	);
}
