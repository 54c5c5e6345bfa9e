import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, type LinkProps } from '@tanstack/react-router';
import {
  CircleCheck,
  CirclePause,
  CircleX,
  Cpu,
  FileX,
  type LucideIcon,
  Puzzle,
  ShieldOff,
  TriangleAlert,
  UserCheck,
} from 'lucide-react';
import { approversQuery } from '@/api/people';
import { datasetsQuery, nodeTypesQuery, providersQuery, runsQuery, systemQuery } from '@/api/queries';
import type { Run, Text } from '@/api/types';
import { useT, useText } from '@/i18n';
import { useCan } from '@/lib/session';
import { buttonClass } from '@/ui/button';
import { Card, Section } from '@/ui/page';
import { type Attention, needsAttention } from './attention';
import { words } from './words';

interface Shown {
  key: string;
  icon: LucideIcon;
  color: string;
  title: string;
  detail: Text | null;
  action: string;
  link: LinkProps;
}

const RUN_ICONS = { askingRun: UserCheck, pausedRun: CirclePause, failedRun: CircleX } as const;

function useShown(): (one: Attention) => Shown {
  const t = useT(words);
  return (one) => {
    switch (one.kind) {
      case 'askingRun':
      case 'pausedRun':
      case 'failedRun':
        return {
          key: one.id,
          icon: RUN_ICONS[one.kind],
          color: one.kind === 'failedRun' ? 'text-bad' : 'text-pause',
          title: t(one.kind, { app: one.app }),
          detail: one.detail,
          action: one.kind === 'failedRun' ? t('look') : t('decide'),
          link: { to: '/runs/$runId', params: { runId: one.id } },
        };
      case 'failedDocuments':
        return {
          key: one.id,
          icon: FileX,
          color: 'text-bad',
          title: t('failedDocuments', { name: one.name, n: one.n }),
          detail: null,
          action: t('fix'),
          link: { to: '/knowledge/$datasetId', params: { datasetId: one.id } },
        };
      case 'noModel':
        return {
          key: one.kind,
          icon: Cpu,
          color: 'text-accent',
          title: t('noModel'),
          detail: t('noModelHint'),
          action: t('connect'),
          link: { to: '/models' },
        };
      case 'brokenPlugin':
        return {
          key: one.file,
          icon: Puzzle,
          color: 'text-warn',
          title: t('brokenPlugin', { file: one.file }),
          detail: one.detail,
          action: t('fix'),
          link: { to: '/system' },
        };
      case 'sandboxOff':
      case 'warning':
        return {
          key: `${one.kind} ${JSON.stringify(one.detail)}`,
          icon: one.kind === 'warning' ? TriangleAlert : ShieldOff,
          color: 'text-warn',
          title: t(one.kind),
          detail: one.detail,
          action: t('look'),
          link: { to: '/system' },
        };
    }
  };
}

/** A question may come at any time. */
const POLL = 15_000;

/** The reason to open the home page: what waits for a person, each with the step to take. */
export function Needs({ runs }: { runs: Run[] | undefined }) {
  const t = useT(words);
  const can = useCan();
  const text = useText();
  const datasets = useQuery({ ...datasetsQuery, enabled: can('dataset.write') });
  const system = useQuery({ ...systemQuery, enabled: can('member.write') });
  const types = useQuery({ ...nodeTypesQuery, enabled: can('member.write') });
  const providers = useQuery({ ...providersQuery, enabled: can('model.write') });
  const paused = useInfiniteQuery({ ...runsQuery({ status: 'paused' }), refetchInterval: POLL });
  const waiting = paused.data?.pages.flatMap((page) => page.items);
  const asked = waiting?.some((one) => one.pause?.asks?.roles?.length) ?? false;
  const approvers = useQuery({ ...approversQuery, enabled: asked });
  const show = useShown();
  const found = needsAttention({
    runs: can('run.debug') ? runs : [],
    paused: asked && approvers.isPending ? [] : waiting,
    standsAs: approvers.data?.filter((one) => one.mine).map((one) => one.id),
    datasets: datasets.data,
    system: system.data,
    plugins: types.data?.plugins,
    providers: providers.data,
  });
  return (
    <Section title={t('needs')}>
      <Card className="min-h-16">
        {found.length === 0 && runs && (
          <p className="flex items-center gap-3 px-4 py-3.5">
            <CircleCheck size={18} aria-hidden="true" className="shrink-0 text-ok" />
            <span>
              <span className="block font-medium">{t('nothing')}</span>
              <span className="text-ink-2">{t('nothingHint')}</span>
            </span>
          </p>
        )}
        <ul>
          {found.map(show).map(({ key, icon: Icon, color, title, detail, action, link }) => (
            <li key={key} className="flex items-center gap-3 border-t border-line px-4 py-2.5 first:border-t-0">
              <Icon size={18} aria-hidden="true" className={`shrink-0 ${color}`} />
              <div className="min-w-0 flex-1">
                <span className="block font-medium">{title}</span>
                {detail && <span className="line-clamp-2 text-ink-2">{text(detail)}</span>}
              </div>
              <Link {...link} aria-label={`${action}: ${title}`} className={buttonClass('default', 'small')}>
                {action}
              </Link>
            </li>
          ))}
        </ul>
      </Card>
    </Section>
  );
}
