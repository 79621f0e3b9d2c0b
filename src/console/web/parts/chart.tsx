import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { formatClock, formatDay, formatTime } from '../base/dates.ts'
import { formatNumber, language, t } from '../base/language.ts'
import { shownTheme } from '../base/theme.ts'

export interface Line {
  readonly label: string
  /** A colour of the token sheet: `--ok`. */
  readonly colour: string
  /** Lines are told apart without colours, too. */
  readonly dash?: readonly number[]
  readonly values: readonly number[]
}

interface ChartProps {
  readonly label: string
  /** Instants, milliseconds UTC, ascending. */
  readonly times: readonly number[]
  readonly lines: readonly Line[]
  readonly height?: number
}

/** Counts over time. The picture has a name, and the same numbers stand in a table that opens below it. */
export function Chart({ label, times, lines, height = 200 }: ChartProps) {
  const place = useRef<HTMLDivElement>(null)
  const dark = shownTheme.value
  const tongue = language.value
  useEffect(() => {
    const element = place.current
    if (element === null) return
    const plot = new uPlot(optionsOf(element, times, lines, height), dataOf(times, lines), element)
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      plot.destroy()
    }
  }, [times, lines, height, dark, tongue])
  return (
    <figure class="chart">
      <div ref={place} role="img" aria-label={label} class="chart-plot" style={{ height: `${height}px` }} />
      <figcaption>
        <ul class="legend">
          {lines.map((line) => (
            <li key={line.label}>
              <svg class="legend-mark" viewBox="0 0 24 8" aria-hidden="true">
                <path
                  d="M1 4h22"
                  stroke={`var(${line.colour})`}
                  stroke-width="3"
                  stroke-dasharray={line.dash?.join(' ')}
                />
              </svg>
              {line.label} <strong>{formatNumber(line.values.reduce((sum, value) => sum + value, 0))}</strong>
            </li>
          ))}
        </ul>
        <details class="chart-table">
          <summary>{t('chart.asTable')}</summary>
          <div class="plain-scroll">
            <table class="plain-table">
              <thead>
                <tr>
                  <th scope="col">{t('chart.time')}</th>
                  {lines.map((line) => (
                    <th key={line.label} scope="col" class="number">
                      {line.label}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {times.map((time, index) => (
                  <tr key={time}>
                    <td>{formatTime(time)}</td>
                    {lines.map((line) => (
                      <td key={line.label} class="number">
                        {formatNumber(line.values[index] ?? 0)}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </details>
      </figcaption>
    </figure>
  )
}

function dataOf(times: readonly number[], lines: readonly Line[]): uPlot.AlignedData {
  return [times.map((time) => time / 1000), ...lines.map(({ values }) => [...values])]
}

function optionsOf(
  element: HTMLElement,
  times: readonly number[],
  lines: readonly Line[],
  height: number,
): uPlot.Options {
  const style = getComputedStyle(element)
  const colour = (name: string) => style.getPropertyValue(name).trim()
  const font = `12px ${colour('--font')}`
  const axis = { stroke: colour('--muted'), font, ticks: { show: false }, grid: { stroke: colour('--line'), width: 1 } }
  const days = (times.at(-1) ?? 0) - (times[0] ?? 0) > 2 * 86_400_000
  const highest = Math.max(1, ...lines.flatMap(({ values }) => values))
  return {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { size: 7 } },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Asia/Ho_Chi_Minh'),
    scales: { y: { range: [0, highest * 1.1] } },
    axes: [
      {
        ...axis,
        space: 70,
        size: 28,
        values: (_, ticks) => ticks.map((tick) => tickText(tick * 1000, days)),
      },
      {
        ...axis,
        size: 44,
        space: 36,
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5],
        values: (_, ticks) => ticks.map(formatNumber),
      },
    ],
    series: [
      {},
      ...lines.map(({ label, colour: name, dash }) => ({
        label,
        stroke: colour(name),
        width: 2,
        points: { show: times.length < 3 },
        ...(dash !== undefined && { dash: [...dash] }),
      })),
    ],
  }
}

/** Hours, but the day where it begins. */
function tickText(time: number, days: boolean): string {
  const clock = formatClock(time)
  return days || clock === '00:00' ? formatDay(time).slice(0, 5) : clock
}
