import { escapeHtml } from "./html.js";

/** One axis: what it shows and from where to where. */
export interface Axis {
  readonly title: string;
  readonly low: number;
  readonly high: number;
  /** Marked values; about five round ones by default. */
  readonly ticks?: readonly { readonly at: number; readonly text: string }[];
}

/** A number that colours a series, from 1 to 6. */
export type SeriesColour = 1 | 2 | 3 | 4 | 5 | 6;

export interface Series {
  readonly name: string;
  readonly colour: SeriesColour;
  readonly points: readonly (readonly [number, number])[];
  readonly stroke?: "solid" | "dashed";
  /** Low and high at each point, drawn as a vertical bar. */
  readonly intervals?: readonly (readonly [number, number] | null)[];
  readonly marks?: "none" | "dots";
}

export interface ChartRequest {
  readonly title: string;
  /** Said aloud instead of the picture. */
  readonly description: string;
  readonly x: Axis;
  readonly y: Axis;
  /** Further marks in plot coordinates, below the series. */
  readonly below?: (place: Place) => string;
  readonly series: readonly Series[];
}

/** From values to pixels of the drawing. */
export interface Place {
  x(value: number): number;
  y(value: number): number;
}

const SIZE = { width: 460, height: 300, left: 62, right: 14, top: 12, bottom: 44 } as const;
const TICKS = 5;

/** @returns a figure with axes, series and a legend, as static SVG */
export function chart(request: ChartRequest): string {
  const { title, description, x, y, series } = request;
  const place = placeOf(x, y);
  const legend = series.length < 2 ? "" : legendOf(series);
  return `<figure class="chart"><figcaption><b>${escapeHtml(title)}</b>${legend}</figcaption>
<svg viewBox="0 0 ${SIZE.width} ${SIZE.height}" role="img" aria-label="${escapeHtml(description)}">${axes(x, y, place)}${request.below?.(place) ?? ""}${series.map((one) => drawSeries(one, place)).join("")}</svg></figure>`;
}

function placeOf(x: Axis, y: Axis): Place {
  const { width, height, left, right, top, bottom } = SIZE;
  const share = (value: number, { low, high }: Axis) =>
    Math.min(1, Math.max(0, high === low ? 0.5 : (value - low) / (high - low)));
  return {
    x: (value) => round(left + share(value, x) * (width - left - right)),
    y: (value) => round(height - bottom - share(value, y) * (height - top - bottom)),
  };
}

function axes(x: Axis, y: Axis, place: Place): string {
  const { width, height, left, right, top, bottom } = SIZE;
  const [floor, end] = [height - bottom, width - right];
  const across = (x.ticks ?? niceTicks(x.low, x.high)).map(
    ({ at, text }) =>
      `<line class="grid" x1="${place.x(at)}" x2="${place.x(at)}" y1="${top}" y2="${floor}"/><text class="tick" x="${place.x(at)}" y="${floor + 16}" text-anchor="middle">${escapeHtml(text)}</text>`,
  );
  const up = (y.ticks ?? niceTicks(y.low, y.high)).map(
    ({ at, text }) =>
      `<line class="grid" x1="${left}" x2="${end}" y1="${place.y(at)}" y2="${place.y(at)}"/><text class="tick" x="${left - 6}" y="${place.y(at) + 4}" text-anchor="end">${escapeHtml(text)}</text>`,
  );
  const middle = (top + floor) / 2;
  return `${across.join("")}${up.join("")}<line class="axis" x1="${left}" x2="${end}" y1="${floor}" y2="${floor}"/><text x="${(left + end) / 2}" y="${height - 8}" text-anchor="middle">${escapeHtml(x.title)}</text><text x="13" y="${middle}" text-anchor="middle" transform="rotate(-90 13 ${middle})">${escapeHtml(y.title)}</text>`;
}

function drawSeries({ colour, points, stroke, intervals, marks }: Series, place: Place): string {
  const path = points.map(([x, y]) => `${place.x(x)} ${place.y(y)}`).join("L");
  const dash = stroke === "dashed" ? ` stroke-dasharray="6 4"` : "";
  const line = points.length < 2 ? "" : `<path class="curve s${colour}"${dash} d="M${path}"/>`;
  const bars = (intervals ?? []).map((interval, i) => {
    if (interval === null) return "";
    const at = place.x(points[i]![0]);
    return `<line class="s${colour}" stroke-width="1.5" x1="${at}" x2="${at}" y1="${place.y(interval[0])}" y2="${place.y(interval[1])}"/>`;
  });
  const dots =
    marks !== "dots" && points.length > 1
      ? []
      : points.map(([x, y]) => `<circle class="f${colour}" cx="${place.x(x)}" cy="${place.y(y)}" r="4"/>`);
  return `${line}${bars.join("")}${dots.join("")}`;
}

function legendOf(series: readonly Series[]): string {
  const items = series.map(
    ({ name, colour, stroke }) =>
      `<span style="white-space:nowrap"><svg width="26" height="10" aria-hidden="true" style="display:inline;width:26px"><line class="s${colour}" stroke-width="3" x1="2" x2="24" y1="5" y2="5"${stroke === "dashed" ? ' stroke-dasharray="6 4"' : ""}/></svg> ${escapeHtml(name)}</span>`,
  );
  return `<br>${items.join(" &nbsp; ")}`;
}

/** Round values 1, 2 or 5 times a power of ten apart, about five of them. */
export function niceTicks(low: number, high: number): { at: number; text: string }[] {
  const span = high - low;
  if (!(span > 0)) return [{ at: low, text: String(low) }];
  const rough = span / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough * 0.999) ?? power;
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const ticks: { at: number; text: string }[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
    ticks.push({ at: i * step, text: (i * step).toFixed(digits) });
  }
  return ticks;
}

/** Coordinates with a tenth of a pixel. */
function round(value: number): number {
  return Math.round(value * 10) / 10;
}
