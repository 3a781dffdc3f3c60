// Draws what `kern.plot` lays out: lines over time with bands around them, by uPlot. The table below has the same
// numbers, and without this script only the table is there. Colours follow the page's, nothing moves.
"use strict";

(() => {
  const ZONE = "Europe/Berlin";
  const words = document.documentElement.lang === "en" ? "en-GB" : "de";
  const count = new Intl.NumberFormat(words, { maximumFractionDigits: 1 });
  const signed = new Intl.NumberFormat(words, { signDisplay: "exceptZero" });
  const written = (form) => {
    const known = new Intl.DateTimeFormat(words, { timeZone: ZONE, ...form });
    return (seconds) => known.format(new Date(seconds * 1000));
  };
  const shortDay = written({ day: "2-digit", month: "2-digit" });
  const longDay = written({ weekday: "short", day: "2-digit", month: "2-digit", year: "numeric" });
  const time = written({ hour: "2-digit", minute: "2-digit" });
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const series = (number) => () => colour(`--wfm-series-${number}`);
  const midnight = (seconds) => uPlot.tzDate(new Date(seconds * 1000), ZONE).getHours() === 0;
  const DAY = 86400;

  const plots = new Map();

  function draw(place) {
    const told = JSON.parse(place.dataset.plot);
    const data = [told.x];
    const lines = [{}];
    const bands = [];
    for (const band of told.bands) {
      bands.push({ series: [data.length, data.length + 1], fill: () => colour(`--wfm-series-${band.colour}`) + band.shade });
      for (const values of [band.high, band.low]) {
        data.push(values);
        lines.push({ stroke: "transparent", width: 0, points: { show: false } });
      }
    }
    for (const line of told.lines) {
      data.push(line.values);
      lines.push({ stroke: series(line.colour), width: 2, dash: line.dashed ? [6, 4] : undefined, points: { show: false } });
    }
    const at = document.createElement("p");
    at.className = "wfm-plot__at";
    const size = () => ({ width: Math.max(place.clientWidth, 200), height: place.clientWidth < 500 ? 240 : 340 });
    const axis = { stroke: () => colour("--wfm-text"), font: "13px Fira Sans, system-ui, sans-serif", grid: { stroke: () => colour("--kern-color-decorative-border-default"), width: 1 }, ticks: { show: false } };
    const plot = new uPlot(
      {
        ...size(),
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), ZONE),
        legend: { show: false },
        cursor: { drag: { x: false, y: false }, points: { show: false }, y: false },
        scales: { x: { time: !told.unit }, y: { range: (_plot, _low, high) => [0, Math.max(high * 1.08, 1)] } },
        series: lines,
        bands,
        axes: [
          {
            ...axis,
            space: 64,
            ...(told.daily ? { incrs: [1, 2, 7, 14, 28, 56, 91].map((days) => days * DAY) } : {}),
            values: (_plot, splits) => splits.map((split) => (told.unit ? signed.format(split) + told.unit : told.daily || midnight(split) ? shortDay(split) : time(split))),
          },
          { ...axis, size: told.unit ? 76 : 56, values: (_plot, splits) => splits.map((split) => count.format(split)) },
        ],
        hooks: { drawAxes: [(drawn) => mark(drawn, told.marks)], setCursor: [(drawn) => tell(drawn, told, at)] },
      },
      data,
      place,
    );
    place.append(at);
    plots.set(place, plot);
    new ResizeObserver(() => plot.setSize(size())).observe(place);
  }

  // Planned events and the like: a stretch behind the lines, with its number.
  function mark(plot, marks) {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const one of marks) {
      const from = plot.valToPos(one.from, "x", true);
      const to = Math.max(plot.valToPos(one.to, "x", true), from + 2);
      ctx.fillStyle = colour("--wfm-series-4") + (one.line ? "" : "26");
      ctx.fillRect(from, bbox.top, one.line ? 2 : to - from, bbox.height);
      ctx.fillStyle = colour("--wfm-text");
      ctx.font = `${13 * devicePixelRatio}px Fira Sans, system-ui, sans-serif`;
      ctx.textBaseline = "top";
      ctx.fillText(one.name, from + 4 * devicePixelRatio, bbox.top + 2 * devicePixelRatio);
    }
    ctx.restore();
  }

  // Below the picture: what stands under the pointer.
  function tell(plot, told, at) {
    const place = plot.cursor.idx;
    if (place === null || place === undefined) {
      at.textContent = "";
      return;
    }
    const when = told.unit ? signed.format(told.x[place]) + told.unit : told.daily ? longDay(told.x[place]) : `${longDay(told.x[place])}, ${time(told.x[place])}`;
    const known = [...told.lines.map((line) => [line.name, line.values[place]])].filter(([, value]) => value !== null);
    const around = told.bands.filter((band) => band.low[place] !== null).map((band) => [band.name, `${count.format(band.low[place])} – ${count.format(band.high[place])}`]);
    at.textContent = `${when}: ${[...known.map(([name, value]) => [name, count.format(value)]), ...around].map(([name, value]) => `${name} ${value}`).join(" · ")}`;
  }

  function all() {
    for (const [place, plot] of plots) {
      if (!place.isConnected) {
        plot.destroy();
        plots.delete(place);
      }
    }
    for (const place of document.querySelectorAll("[data-plot]")) if (!plots.has(place)) draw(place);
  }

  const repaint = () => plots.forEach((plot) => plot.redraw());
  document.addEventListener("DOMContentLoaded", () => {
    all();
    new MutationObserver(all).observe(document.querySelector("main"), { childList: true, subtree: true });
    new MutationObserver(repaint).observe(document.documentElement, { attributes: true, attributeFilter: ["data-kern-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
  });
})();
