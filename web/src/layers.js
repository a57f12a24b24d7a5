// SPDX-License-Identifier: MIT

// Who holds the heap over time: the places that hold most at any instant, as
// the table counts them, and all others as one.

import { Figures } from "./profile.js";

const MOST = 7;

// What each place holds at each instant.
function addUp(profile, grouping) {
	const { traces, tracks, instants } = profile;
	const { tree, siteOfTrace } = grouping;
	const rows = new Map();
	for (let t = 0; t < traces.n; t++) {
		const group = tree.group[siteOfTrace[t + 1]];
		if (group < 0) continue;
		if (!rows.has(group)) rows.set(group, new Figures(instants.n));
		const row = rows.get(group);
		const end = tracks.first[t + 1];
		for (let k = tracks.first[t]; k < end; k++) {
			if (!tracks.live.bytes[k]) continue;
			const to = k + 1 < end ? tracks.snapshot[k + 1] : instants.n;
			for (let i = tracks.snapshot[k]; i < to; i++) row.add(i, tracks.live, k);
		}
	}
	return rows;
}

// All less what @layers have.
function leaveOthers({ live, n }, layers) {
	const rest = new Figures(n);
	for (let i = 0; i < n; i++) {
		rest.add(i, live, i);
		for (const { figures } of layers) rest.add(i, figures, i, -1);
		rest.bytes[i] = Math.max(rest.bytes[i], 0);
	}
	return rest;
}

// The largest first; the last one has no group.
export function makeLayers(profile, grouping) {
	const layers = [...addUp(profile, grouping)]
		.map(([group, figures]) => ({
			group,
			figures,
			most: Math.max(...figures.bytes),
		}))
		.filter(({ most }) => most > 0)
		.sort((a, b) => b.most - a.most || a.group - b.group)
		.slice(0, MOST)
		.map(({ group, figures }, i) => ({
			group,
			figures,
			colour: `layer${i}`,
			name: grouping.place(group).short,
		}));
	const rest = leaveOthers(profile.instants, layers);
	if (rest.bytes.some((x) => x > 0))
		layers.push({
			group: null,
			figures: rest,
			colour: "plain",
			name: "others",
		});
	return layers;
}
