// SPDX-License-Identifier: MIT

// Which places are looked for, and what stacks that have one weigh.

export function findMatches(view, grouping, text) {
	const wanted = text.trim().toLowerCase();
	if (!wanted) return null;
	const groups = new Set();
	grouping.places.forEach((place, group) => {
		const names = `${place.name}\n${place.where}\n${place.module}`;
		if (names.toLowerCase().includes(wanted)) groups.add(group);
	});
	const { tree, nodeOfTrace } = grouping;
	const nodes = new Uint8Array(tree.n); // it is one
	const below = new Uint8Array(tree.n); // it, or a caller
	for (let i = 1; i < tree.n; i++) {
		nodes[i] = groups.has(tree.group[i]) ? 1 : 0;
		below[i] = nodes[i] | below[tree.parent[i]];
	}
	const sum = [0, 0, 0, 0];
	for (let t = 0; t < view.a.n; t++)
		if (below[nodeOfTrace[t]])
			view.a.at(t).forEach((x, k) => {
				sum[k] += x;
			});
	return { groups, nodes, estimate: view.estimate(sum) };
}
