// SPDX-License-Identifier: MIT

// Where nodes and edges of a flow go: callers left of what they call, each as
// high as what flows through it.  Edges over several columns pass through a
// place of their own in each.

const GAP = 12; // px between two in a column
const LABEL = 32; // px that a node's text needs
const SWEEPS = 8;

// The edges that lead back to a node on the way, of which a column can do no
// justice; found depth first, the heaviest first.
function findBack(nodes) {
	const state = new Map(); // 1: on the way, 2: done
	const back = new Set();
	const visit = (root) => {
		const stack = [{ node: root, next: 0 }];
		state.set(root, 1);
		while (stack.length) {
			const top = stack[stack.length - 1];
			const edge = top.node.out[top.next++];
			if (!edge) {
				state.set(top.node, 2);
				stack.pop();
			} else if (state.get(edge.to) === 1) {
				back.add(edge);
			} else if (!state.has(edge.to)) {
				state.set(edge.to, 1);
				stack.push({ node: edge.to, next: 0 });
			}
		}
	};
	for (const node of nodes) if (!state.has(node)) visit(node);
	return back;
}

// As far right as the longest way there.
function assignColumns(nodes, back) {
	const left = new Map(
		nodes.map((n) => [n, n.in.filter((e) => !back.has(e)).length]),
	);
	const ready = nodes.filter((n) => left.get(n) === 0);
	for (const node of nodes) node.column = 0;
	while (ready.length) {
		const node = ready.pop();
		for (const edge of node.out) {
			if (back.has(edge)) continue;
			edge.to.column = Math.max(edge.to.column, node.column + 1);
			left.set(edge.to, left.get(edge.to) - 1);
			if (left.get(edge.to) === 0) ready.push(edge.to);
		}
	}
}

function makeColumns(nodes, back, heightOf) {
	const columns = [];
	const put = (item) => {
		columns[item.column] ??= [];
		columns[item.column].push(item);
	};
	for (const node of nodes) {
		const height = heightOf(node.cumulative);
		const item = { node, column: node.column, height, links: [] };
		item.room = Math.max(height, LABEL);
		node.item = item;
		put(item);
	}
	for (const node of nodes) {
		for (const edge of node.out) {
			edge.isBack = back.has(edge);
			edge.height = heightOf(edge.flow);
			edge.via = [];
			if (edge.isBack) continue;
			let before = node.item;
			for (let c = node.column + 1; c < edge.to.column; c++) {
				const item = { edge, column: c, height: edge.height, links: [] };
				item.room = edge.height;
				before.links.push(item);
				item.links.push(before);
				edge.via.push(item);
				put(item);
				before = item;
			}
			before.links.push(edge.to.item);
			edge.to.item.links.push(before);
		}
	}
	return columns;
}

function stack(column) {
	let y = 0;
	for (const item of column) {
		item.y = y;
		y += item.room + GAP;
	}
	return y;
}

function middle(item) {
	return item.y + item.height / 2;
}

// Each one near the middle of those it is linked with, in turn from both
// sides.
function sortColumns(columns) {
	columns.forEach(stack);
	for (let sweep = 0; sweep < SWEEPS; sweep++) {
		const step = sweep % 2 ? -1 : 1;
		const order = step > 0 ? columns : [...columns].reverse();
		for (const column of order) {
			const aim = new Map();
			for (const item of column) {
				const links = item.links.filter(
					(l) => (l.column - item.column) * step < 0,
				);
				const weight = links.reduce((s, l) => s + l.height + 1, 0);
				const sum = links.reduce((s, l) => s + middle(l) * (l.height + 1), 0);
				aim.set(item, weight ? sum / weight : middle(item));
			}
			column.sort((a, b) => aim.get(a) - aim.get(b));
			stack(column);
		}
	}
}

// Down to where its links are, as far as the others leave room.
function settle(columns, height) {
	for (let sweep = 0; sweep < SWEEPS; sweep++) {
		const order = sweep % 2 ? [...columns].reverse() : columns;
		for (const column of order) {
			let end = height;
			const aims = column.map((item) => {
				const links = item.links;
				if (!links.length) return item.y;
				const sum = links.reduce((s, l) => s + middle(l), 0);
				return sum / links.length - item.height / 2;
			});
			for (let i = column.length - 1; i >= 0; i--) {
				const item = column[i];
				item.y = Math.max(0, Math.min(aims[i], end - item.room));
				end = item.y - GAP;
			}
			let start = 0;
			for (const item of column) {
				item.y = Math.max(item.y, start);
				start = item.y + item.room + GAP;
			}
		}
	}
}

// Where edges leave and arrive: one under the other, in order of the other end.
function attach(nodes) {
	const at = (edge, side) => {
		const via = side === "out" ? edge.via[0] : edge.via[edge.via.length - 1];
		const end = side === "out" ? edge.to.item : edge.from.item;
		return middle(via ?? end);
	};
	for (const node of nodes) {
		for (const side of ["out", "in"]) {
			let y = node.item.y;
			const edges = node[side]
				.filter((e) => !e.isBack)
				.sort((a, b) => at(a, side) - at(b, side));
			for (const edge of edges) {
				edge[side === "out" ? "y1" : "y2"] = y + edge.height / 2;
				y += edge.height;
			}
		}
	}
}

// Sets `item` of nodes and `y1`, `y2`, `via` of edges.  @scale: px for all.
export function layOut(graph, size, scale) {
	const { nodes } = graph;
	const heightOf = (sum) =>
		Math.max(1.5, (size(sum) / (graph.whole || 1)) * scale);
	const back = findBack(nodes);
	assignColumns(nodes, back);
	const columns = makeColumns(nodes, back, heightOf);
	sortColumns(columns);
	const height = Math.max(...columns.map((c) => stack(c)), 0);
	settle(columns, height);
	attach(nodes);
	return { columns: columns.length, height };
}
