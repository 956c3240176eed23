/** Charts, drawn here. Each says in words what it shows, for those who do not see it. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { count, median, plural } from '../numbers.js';
import { backlog, ceiling, provingTimes, throughput, type Point } from '../series.js';
import { absolute, clock, duration } from '../time.js';
import { useNow, useWorld } from './context.js';

/** Pixels; the width is the page's, so that letters and lines keep their size. */
const HEIGHT = 132;
const WIDTH = 480;
/** Room for the largest value beside the axis: at least, and by its digits. */
const [LEFT_LEAST_PX, LEFT_GAP_PX, DIGIT_PX] = [30, 6, 7];
const BARS = 40;
/** Few bars are not wider for that. */
const BAR_PX = 24;

export function Charts() {
  const { batches = [], samples } = useWorld().known;
  const now = useNow();
  const { widthMs, bars } = throughput(batches, now, BARS);
  const proving = provingTimes(batches);
  const usual = median(proving.map(({ y }) => y));
  const waiting = samples.map(({ atMs, waiting }) => ({ x: atMs, y: waiting }));
  const unproved = backlog(batches, now);
  const every = `every ${duration(widthMs).replace(/\.0 s$/, ' s')}`;
  const most = Math.max(0, ...bars.map(({ y }) => y));
  const left = unproved.at(-1)?.y ?? 0;
  return (
    <section class="charts" aria-label="Charts">
      <Chart
        title="Throughput"
        unit={`operations ${every}`}
        points={bars}
        words={`Operations ${every}, by the time at which their batch was closed; at most ${count(most)}.`}
        told={({ x, y }) => `${plural(y, 'operation', 'operations')} from ${absolute(x)}`}
        axis={(x) => clock(x)}
        reach={widthMs}
        whole
      >
        {({ px, py, bottom }) =>
          bars.map(
            ({ x, y }) =>
              y > 0 && (
                <rect
                  x={px(x)}
                  y={py(y)}
                  width={Math.min(BAR_PX, Math.max(1, px(x + widthMs) - px(x) - 1))}
                  height={bottom - py(y)}
                  class="bar"
                />
              ),
          )
        }
      </Chart>
      <Chart
        title="Proving time"
        unit={usual === undefined ? 'seconds a batch' : `seconds a batch, median ${usual.toFixed(1)}`}
        points={proving}
        words={`Seconds from sealed to proof by batch; ${usual === undefined ? 'none yet' : `median ${usual.toFixed(1)}`}.`}
        told={({ x, y }) => `batch ${x}: ${y.toFixed(1)} s`}
        axis={(x) => `batch ${x}`}
      >
        {({ px, py, left, right }) => (
          <>
            {usual !== undefined && <line x1={left} x2={right} y1={py(usual)} y2={py(usual)} class="usual" />}
            {proving.map(({ x, y }) => (
              <circle cx={px(x)} cy={py(y)} r="2.5" class="dot" />
            ))}
          </>
        )}
      </Chart>
      <Chart
        title="Backlog"
        unit="closed batches without a proof on the layer 1"
        points={unproved}
        words={`Batches that were closed and not proved on the layer 1, over time; now ${left}.`}
        told={({ x, y }) => `${plural(y, 'batch', 'batches')} at ${absolute(x)}`}
        axis={(x) => clock(x)}
        whole
      >
        {({ px, py, bottom }) => {
          const line = stairs(unproved, px, py);
          const [first, last] = [unproved[0], unproved.at(-1)];
          return (
            <>
              {first && last && <path d={`${line}V${bottom}H${px(first.x)}Z`} class="area" />}
              <path d={line} class="line" />
            </>
          );
        }}
      </Chart>
      <Chart
        title="Waiting"
        unit="received and not yet executed, since you came"
        points={waiting}
        words={`Transactions that wait for execution, since the page was opened; now ${waiting.at(-1)?.y ?? 0}.`}
        told={({ x, y }) => `${plural(y, 'transaction', 'transactions')} at ${absolute(x)}`}
        axis={(x) => clock(x)}
        whole
      >
        {({ px, py }) => <path d={stairs(waiting, px, py)} class="line" />}
      </Chart>
    </section>
  );
}

interface Scale {
  readonly px: (x: number) => number;
  readonly py: (y: number) => number;
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
}

export interface ChartProps {
  readonly title: string;
  readonly unit: string;
  readonly points: readonly Point[];
  /** What it shows, for those who do not see it. */
  readonly words: string;
  readonly told: (point: Point) => string;
  readonly axis: (x: number) => string;
  /** How far the last point goes to the right. */
  readonly reach?: number;
  /** Halves mean nothing. */
  readonly whole?: boolean;
  readonly children: (scale: Scale) => ComponentChildren;
}

export function Chart({ title, unit, points, words, told, axis, reach = 0, whole, children }: ChartProps) {
  const [over, setOver] = useState<number | undefined>(undefined);
  const [first, last] = [points[0], points.at(-1)];
  const [svg, width] = useWidth();
  const [right, top, bottom] = [width - 2, 8, HEIGHT - 20];
  const highest = Math.max(0, ...points.map(({ y }) => y));
  const most = whole ? Math.max(1, Math.ceil(ceiling(highest))) : ceiling(highest);
  const label = count(most);
  const left = Math.max(LEFT_LEAST_PX, LEFT_GAP_PX + label.length * DIGIT_PX);
  const [begin, end] = [first?.x ?? 0, (last?.x ?? 1) + reach];
  const px = (x: number) => left + ((x - begin) / Math.max(end - begin, 1e-9)) * (right - left);
  const py = (y: number) => bottom - (y / most) * (bottom - top);
  const scale: Scale = { px: end === begin ? () => (left + right) / 2 : px, py, left, right, bottom };
  const chosen = over === undefined ? undefined : nearest(points, over, scale.px);
  const point = (event: PointerEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    setOver(((event.clientX - box.left) / box.width) * width);
  };
  return (
    <figure>
      <figcaption>
        <b>{title}</b> <span class="quiet">{chosen ? told(chosen) : unit}</span>
      </figcaption>
      <svg
        ref={svg}
        viewBox={`0 0 ${width} ${HEIGHT}`}
        role="img"
        aria-label={`${title}. ${words}`}
        onPointerMove={point}
        onPointerLeave={() => setOver(undefined)}
      >
        <line x1={left} x2={right} y1={bottom} y2={bottom} class="axis" />
        <line x1={left} x2={right} y1={top} y2={top} class="grid" />
        <text x={left - 5} y={bottom + 3} class="tick end">
          0
        </text>
        <text x={left - 5} y={top + 4} class="tick end">
          {label}
        </text>
        {first && last ? (
          <>
            <text x={left} y={HEIGHT - 4} class="tick">
              {axis(first.x)}
            </text>
            {end > begin && (
              <text x={right} y={HEIGHT - 4} class="tick end">
                {axis(end)}
              </text>
            )}
            {chosen && <line x1={scale.px(chosen.x)} x2={scale.px(chosen.x)} y1={top} y2={bottom} class="cursor" />}
            {children(scale)}
          </>
        ) : (
          <text x={(left + right) / 2} y={(top + bottom) / 2} class="tick middle">
            nothing yet
          </text>
        )}
      </svg>
    </figure>
  );
}

function useWidth() {
  const svg = useRef<SVGSVGElement>(null);
  const [width, setWidth] = useState(WIDTH);
  useEffect(() => {
    const element = svg.current;
    if (!element) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.max(160, entry?.contentRect.width ?? WIDTH)));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [svg, width] as const;
}

function nearest(points: readonly Point[], at: number, px: (x: number) => number): Point | undefined {
  const distance = (point: Point) => Math.abs(px(point.x) - at);
  return points.reduce<Point | undefined>(
    (best, point) => (best === undefined || distance(point) < distance(best) ? point : best),
    undefined,
  );
}

/** A line that keeps its height until the next point. */
export function stairs(points: readonly Point[], px: (x: number) => number, py: (y: number) => number): string {
  const [first, ...rest] = points;
  if (!first) return '';
  const steps = rest.map(({ x, y }) => `H${px(x).toFixed(1)}V${py(y).toFixed(1)}`);
  return `M${px(first.x).toFixed(1)} ${py(first.y).toFixed(1)}${steps.join('')}`;
}
