import { useMemo } from 'preact/hooks'
import type { Series, SeriesQuery } from '../../shapes.ts'
import { get } from '../base/http.ts'
import { t } from '../base/language.ts'
import { useResource } from '../base/resource.ts'
import { query, refine } from '../base/router.ts'
import { Chart, type Line } from '../parts/chart.tsx'
import { Empty, Failure, Loading } from '../parts/notes.tsx'
import { Segments } from '../parts/segments.tsx'

const measures = ['submitted', 'sent', 'received', 'failed', 'arrived', 'refused'] as const
type Measure = (typeof measures)[number]

const looks: Readonly<Record<Measure, Pick<Line, 'colour' | 'dash'>>> = {
  submitted: { colour: '--wait' },
  sent: { colour: '--neutral', dash: [2, 3] },
  received: { colour: '--ok' },
  failed: { colour: '--bad', dash: [8, 4] },
  arrived: { colour: '--rest' },
  refused: { colour: '--warn', dash: [4, 4] },
}

/** Enough to be told apart by colour and dash; the busiest come first. */
const palette: readonly Pick<Line, 'colour' | 'dash'>[] = [
  { colour: '--wait' },
  { colour: '--ok' },
  { colour: '--rest' },
  { colour: '--warn' },
  { colour: '--bad', dash: [8, 4] },
  { colour: '--neutral', dash: [4, 4] },
  { colour: '--wait', dash: [2, 3] },
  { colour: '--ok', dash: [8, 4] },
]

const TOTALS: readonly Measure[] = ['submitted', 'received', 'failed', 'arrived', 'refused']

/** Sent, received and failed over time; in all, by agency or by urgency. What is chosen stands in the address. */
export function TrafficCard() {
  const step = query.value.get('step') === 'day' ? 'day' : 'hour'
  const asked = query.value.get('by')
  const by = asked === 'partner' || asked === 'lane' ? asked : 'total'
  const measure = measures.find((one) => one === query.value.get('measure')) ?? 'submitted'
  const wanted: SeriesQuery = { step, by }
  const { data, error, reload } = useResource<Series>(
    `series ${step} ${by}`,
    (signal) => get('/series', { ...wanted }, signal),
    ['events'],
  )
  return (
    <section class="card" aria-labelledby="traffic">
      <div class="card-head">
        <h2 id="traffic">{t('chart.title')}</h2>
        <div class="actions">
          {by !== 'total' && (
            <select
              class="input compact"
              aria-label={t('chart.measure')}
              value={measure}
              onChange={(event) => refine({ measure: event.currentTarget.value })}
            >
              {measures.map((one) => (
                <option key={one} value={one}>
                  {t(`chart.${one}`)}
                </option>
              ))}
            </select>
          )}
          <Segments
            label={t('chart.group')}
            options={[
              ['total', t('chart.total')],
              ['partner', t('chart.byPartner')],
              ['lane', t('chart.byLane')],
            ]}
            value={by}
            onChoose={(value) => refine({ by: value === 'total' ? undefined : value })}
          />
          <Segments
            label={t('chart.span')}
            options={[
              ['hour', t('chart.hours')],
              ['day', t('chart.days')],
            ]}
            value={step}
            onChoose={(value) => refine({ step: value === 'hour' ? undefined : value })}
          />
        </div>
      </div>
      <div class="card-body">
        {error !== undefined && <Failure error={error} onRetry={reload} />}
        {data === undefined ? error === undefined && <Loading /> : <Traffic data={data} measure={measure} by={by} />}
      </div>
    </section>
  )
}

interface TrafficProps {
  readonly data: Series
  readonly measure: Measure
  readonly by: 'total' | 'partner' | 'lane'
}

function Traffic({ data, measure, by }: TrafficProps) {
  const times = useMemo(
    () => Array.from({ length: data.steps }, (_, index) => Date.parse(data.from) + index * data.stepSeconds * 1000),
    [data],
  )
  const lines = linesOf(data, measure, by)
  if (lines.every(({ values }) => values.every((value) => value === 0)))
    return <Empty icon="overview" title={t('chart.none')} />
  return <Chart label={t('chart.about')} times={times} lines={lines} height={220} />
}

function linesOf({ lines }: Series, measure: Measure, by: TrafficProps['by']): Line[] {
  if (by === 'total') {
    const [total] = lines
    return TOTALS.map((one) => ({ label: t(`chart.${one}`), ...looks[one], values: total?.[one] ?? [] }))
  }
  return lines.slice(0, palette.length).map((line, index) => ({
    label: line.partner?.name ?? (line.lane === undefined ? '–' : t(`lane.${line.lane}`)),
    ...(palette[index] ?? { colour: '--neutral' }),
    values: line[measure],
  }))
}
