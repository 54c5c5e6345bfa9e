/** The table of crossings: what goes from zone to zone, by which rule, and how often it did. */
import { ArrowRight, EyeOff, ShieldX } from 'lucide-react';
import type { Crossing, Graph } from '@/api/types';
import { useFormat, useT, useText } from '@/i18n';
import { useKindName } from '@/i18n/redaction';
import { LevelBadge } from '@/ui/level';
import { Table } from '@/ui/table';
import { VERDICTS } from './looks';
import { titleOf } from './titles';
import { words } from './words';

const KINDS = ['model', 'dataset', 'host', 'destination', 'subject'] as const;

interface Props {
  label: string;
  crossings: Crossing[];
  graph: Graph;
}

export function Crossings({ label, crossings, graph }: Props) {
  const t = useT(words);
  const resource = ({ kind, name }: Crossing) => {
    const known = KINDS.find((one) => one === kind);
    return known ? t(`kind_${known}`, { name }) : name;
  };
  return (
    <Table
      label={label}
      // What is refused is read first.
      rows={crossings.toSorted((a, b) => Number(a.allowed) - Number(b.allowed))}
      rowKey={(one) => [one.node, one.from, one.to, one.kind, one.name].join(' ')}
      columns={[
        {
          id: 'step',
          title: t('step'),
          className: 'py-2',
          cell: (one) => (
            <>
              <span className="block font-medium">{one.node ? titleOf(graph, one.node) : t('end')}</span>
              <span className="text-sm break-words text-ink-3">{resource(one)}</span>
            </>
          ),
        },
        {
          id: 'fromTo',
          title: t('fromTo'),
          cell: (one) => (
            <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
              {one.from}
              <ArrowRight size={14} aria-hidden="true" className="text-ink-3" />
              {one.to}
            </span>
          ),
        },
        { id: 'what', title: t('what'), cell: (one) => <LevelBadge label={one.label} /> },
        { id: 'verdict', title: t('verdict'), className: 'py-2', cell: (one) => <Verdict crossing={one} /> },
        { id: 'times', title: t('times'), className: 'py-2 max-sm:w-full', cell: (one) => <Times crossing={one} /> },
        {
          id: 'path',
          title: t('path'),
          className: 'py-2',
          cell: (one) => (
            <span className="text-sm text-ink-2">{one.path.map((id) => titleOf(graph, id)).join(' → ')}</span>
          ),
        },
      ]}
    />
  );
}

function Verdict({ crossing }: { crossing: Crossing }) {
  const t = useT(words);
  const text = useText();
  const kindName = useKindName();
  const { icon: Icon, color } = VERDICTS[crossing.allowed ? 'allowed' : 'denied'];
  return (
    <>
      <span className={`font-medium ${color}`}>
        <Icon size={15} aria-hidden="true" className="mr-1.5 inline align-text-bottom" />
        {crossing.allowed ? t('allowed') : t('denied')}
      </span>
      <span className="block text-sm text-ink-2 first-letter:uppercase">{text(crossing.rule)}</span>
      {crossing.redacted.length > 0 && (
        <span className="block text-sm text-ink-2">
          <EyeOff size={15} aria-hidden="true" className="mr-1.5 inline align-text-bottom" />
          {t('redacted', { kinds: crossing.redacted.map(kindName).join(t('comma')) })}
        </span>
      )}
    </>
  );
}

/** Counted over all runs; a refusal while running is told apart, in words. */
function Times({ crossing }: { crossing: Crossing }) {
  const t = useT(words);
  const format = useFormat();
  if (crossing.count === null) return <span className="text-sm whitespace-nowrap text-ink-3">{t('uncounted')}</span>;
  if (!crossing.last_at) return <span className="text-sm whitespace-nowrap text-ink-3">{t('never')}</span>;
  return (
    <>
      <span className="figures block whitespace-nowrap">{t('timesCount', { n: crossing.count })}</span>
      {crossing.refused > 0 && (
        <span className="figures block whitespace-nowrap text-bad">
          <ShieldX size={15} aria-hidden="true" className="mr-1.5 inline align-text-bottom" />
          {t('timesRefused', { n: crossing.refused })}
        </span>
      )}
      <span className="block text-sm whitespace-nowrap text-ink-3">
        {t('lastAt', { when: format.fullDateTime(crossing.last_at) })}
      </span>
    </>
  );
}
