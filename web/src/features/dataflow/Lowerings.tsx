/** The table of what makes data count as less than it was: what whoever signs the sheet has to believe. */
import { ArrowRight, Eraser, UserCheck } from 'lucide-react';
import type { Graph, Lowering } from '@/api/types';
import { useT } from '@/i18n';
import { LevelBadge } from '@/ui/level';
import { Table } from '@/ui/table';
import { titleOf } from './titles';
import { words } from './words';

const ICONS = { redaction: Eraser, release: UserCheck };

export function Lowerings({ lowered, graph }: { lowered: Lowering[]; graph: Graph }) {
  const t = useT(words);
  return (
    <Table
      label={t('lowered')}
      rows={lowered}
      rowKey={(one) => one.node}
      columns={[
        {
          id: 'step',
          title: t('step'),
          cell: (one) => <span className="font-medium">{titleOf(graph, one.node)}</span>,
        },
        {
          id: 'fromTo',
          title: t('fromTo'),
          cell: (one) => (
            <span className="inline-flex flex-wrap items-center gap-1.5">
              <LevelBadge label={one.from} />
              <ArrowRight size={14} aria-hidden="true" className="text-ink-3" />
              <LevelBadge label={one.to} />
            </span>
          ),
        },
        {
          id: 'by',
          title: t('by'),
          cell: (one) => {
            const Icon = ICONS[one.by];
            return (
              <>
                <Icon size={15} aria-hidden="true" className="mr-1.5 inline align-text-bottom text-ink-3" />
                {t(`by_${one.by}`)}
              </>
            );
          },
        },
      ]}
    />
  );
}
