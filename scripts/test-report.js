// SPDX-License-Identifier: Apache-2.0
// The report tests itself; the results go to the page around it, a line each.
"use strict";
(() => {
	const lines = [];
	const check = (name, test) => {
		let bad;
		try {
			bad = test();
		} catch (error) {
			bad = [String(error)];
		}
		lines.push(`${bad.length ? "not ok" : "ok"} - ${name}${bad.length ? ": " + bad.slice(0, 3) : ""}`);
	};
	const all = (selector, within = document) => [...within.querySelectorAll(selector)];
	const text = id => document.getElementById(id)?.textContent.trim();
	const value = cell => cell.dataset.v === undefined ? undefined : Number(cell.dataset.v);

	const inOrder = (table, column, sign) => {
		const values = [...table.tBodies[0].rows].map(row => value(row.cells[column]));
		const numbers = values.filter(v => v !== undefined);
		return numbers.every((v, i) => i === 0 || sign * (v - numbers[i - 1]) >= 0) &&
			values.slice(0, numbers.length).every(v => v !== undefined);
	};
	const sorts = (table, column) => {
		const head = table.tHead.rows[0].cells[column];
		const button = head.querySelector("button");
		const rows = table.tBodies[0].rows.length;
		return ["ascending", "descending"].every((order, i) => {
			button.click();
			return head.getAttribute("aria-sort") === order &&
				all("[aria-sort]", table).length === 1 &&
				inOrder(table, column, i ? -1 : 1) && table.tBodies[0].rows.length === rows;
		});
	};
	const tables = all("table.sort");
	const heads = tables.flatMap(table => [...table.tHead.rows[0].cells].map((head, i) => [table, i, head]));
	check(`${tables.length} tables sort by each head`, () => tables.length
		? heads.filter(([table, i]) => !sorts(table, i)).map(([, , head]) => head.textContent)
		: ["no tables"]);
	check("heads are reached by the keyboard", () => heads.filter(([table, , head]) => {
		const button = head.querySelector("button");
		if (table.closest("details")) table.closest("details").open = true;
		button.focus();
		return document.activeElement !== button || button.tabIndex !== 0 || button.type !== "button";
	}).map(([, , head]) => head.textContent));
	check("tables have captions and scopes", () => tables.filter(table =>
		!table.caption.textContent.trim() || all("thead th:not([scope])", table).length ||
		table.closest(".box").tabIndex !== 0).map(table => table.caption.textContent));

	// A name of a file alone says nothing of what is drawn.
	check("figures have text alternatives", () => all("figure").filter(figure => {
		const image = figure.querySelector("img");
		return !figure.querySelector("figcaption")?.textContent.trim() || !image ||
			!image.alt.trim() || /\.svg$/.test(image.alt) ||
			!image.closest(".box").getAttribute("aria-label");
	}).map(figure => figure.textContent.slice(0, 40)).concat(all("figure").length ? [] : ["no figures"]));
	check("figures are drawn", () => all("img").filter(image => !(image.naturalWidth > 0 && image.naturalHeight > 0))
		.map(image => image.alt.slice(0, 60)));
	check("bars are shares", () => all("td[style]").filter(cell => {
		const share = Number(cell.style.getPropertyValue("--bar"));
		return !(share >= 0 && share <= 1) || getComputedStyle(cell).backgroundImage === "none" &&
			!cell.classList.contains("shade");
	}).map(cell => cell.outerHTML.slice(0, 80)).concat(all("td[style]").length ? [] : ["no bars"]));

	check("one h1, no level left out", () => {
		const levels = all("h1, h2, h3, h4").map(head => Number(head.tagName[1]));
		return levels.filter((level, i) => (level === 1) !== (i === 0) || level > (levels[i - 1] ?? 0) + 1);
	});
	check("language, title, viewport", () => document.documentElement.lang === "en" && document.title &&
		document.querySelector("meta[name=viewport]") ? [] : ["missing"]);
	check("the first link skips to the content", () => {
		const link = document.querySelector("a");
		link.focus();
		return link.className === "skip" && document.querySelector("main" + link.hash) &&
			link.getBoundingClientRect().left >= 0 ? [] : [link.outerHTML];
	});
	check("every link has its target", () => all("a").filter(a =>
		!a.getAttribute("href").startsWith("#") || !document.getElementById(decodeURIComponent(a.getAttribute("href").slice(1))))
		.map(a => a.getAttribute("href")));
	check("ids are unique", () => {
		const ids = all("[id]").map(node => node.id);
		return ids.filter((id, i) => ids.indexOf(id) !== i);
	});
	// Measured times are the machine's and have no run; a line of another experiment has the command.
	check("every estimate leads to its runs", () => tables.filter(table =>
		!["matrix", "speed", "peers"].includes(table.closest("section").getAttribute("aria-labelledby")))
		.flatMap(table => [...table.tBodies[0].rows]).filter(row => {
			const estimates = [...row.cells].filter(cell => /^[-+0-9.]+ \[/.test(cell.textContent));
			return estimates.some(cell => !cell.querySelector("a")) &&
				!/build\/sheafbench explain/.test(row.textContent);
		}).map(row => row.textContent));
	check("nothing was fetched", () => performance.getEntriesByType("resource").map(entry => entry.name)
		.filter(name => !name.startsWith("data:")));
	check("the page is no wider than the window", () =>
		document.documentElement.scrollWidth > innerWidth ? [`${document.documentElement.scrollWidth} > ${innerWidth}`] : []);

	const rgb = colour => {
		const probe = document.createElement("i");
		probe.style.color = colour;
		document.body.append(probe);
		const parts = getComputedStyle(probe).color.match(/[\d.]+/g).map(Number);
		probe.remove();
		return parts;
	};
	const luminance = colour => rgb(colour).slice(0, 3).map(c => c / 255)
		.map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
		.reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
	const contrast = (a, b) => {
		const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
		return (high + 0.05) / (low + 0.05);
	};
	const scheme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
	check(`text has contrast 4.5 (${scheme})`, () => ["--page", "--card", "--tint"].flatMap(back =>
		(back === "--tint" ? ["--ink", "--link"] : ["--ink", "--soft", "--link", "--good", "--bad"])
			.map(front => [front, back]))
		.filter(([front, back]) => contrast(`var(${front})`, `var(${back})`) < 4.5)
		.map(([front, back]) => `${front} on ${back}`));

	check("paper gets all that is closed, and the screen gets it back", () => {
		all("details").forEach((box, i) => { box.open = i % 2 === 0; });
		const before = all("details").map(box => box.open);
		dispatchEvent(new Event("beforeprint"));
		const closed = all("details:not([open])").length;
		dispatchEvent(new Event("afterprint"));
		return closed || all("details").some((box, i) => box.open !== before[i]) ? ["not so"] : [];
	});

	const finish = () => {
		check("no complaint on the console", () => complaints);
		parent.postMessage([...lines, "end"].join("\n"), "*");
	};
	const run = document.querySelector("tr[id^=run-]");
	all("details").forEach(box => { box.open = false; });
	addEventListener("hashchange", () => setTimeout(() => {
		check("a link opens what it leads into", () =>
			run.closest("details").open && run.getBoundingClientRect().height > 0 ? [] : [run.id]);
		finish();
	}, 50), {once: true});
	location.hash = run.id;
})();
