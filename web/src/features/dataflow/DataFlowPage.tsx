import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { ArrowRight, Printer, ShieldCheck, ShieldX, Workflow } from 'lucide-react';
import { appQuery, dataFlowQuery, draftQuery } from '@/api/queries';
import type { Crossing, FlowReport, Graph } from '@/api/types';
import { useFormat, useT, useText } from '@/i18n';
import { Button, buttonClass } from '@/ui/button';
import { LevelBadge } from '@/ui/level';
import { ErrorNotice, Notice } from '@/ui/notice';
import { Card, Page, Section } from '@/ui/page';
import { Loading } from '@/ui/spinner';
import { Table } from '@/ui/table';
import { LaneMap } from './LaneMap';
import { words } from './words';

export default function DataFlowPage() {
  const t = useT(words);
  const format = useFormat();
  const { appId } = useParams({ from: '/shell/apps/$appId/data-flow' });
  const app = useQuery(appQuery(appId));
  const draft = useQuery(draftQuery(appId));
  const flow = useQuery({ ...dataFlowQuery(appId), staleTime: 0 });
  const error = app.error ?? draft.error ?? flow.error;
  return (
    <Page
      title={t('title')}
      hint={app.data && t('hint', { name: app.data.name })}
      actions={
        <div className="flex gap-2 print:hidden">
          <Link to="/apps/$appId/design" params={{ appId }} className={buttonClass()}>
            <Workflow size={16} aria-hidden="true" />
            {t('design')}
          </Link>
          <Button icon={Printer} onClick={() => print()}>
            {t('print')}
          </Button>
        </div>
      }
    >
      {error && (
        <ErrorNotice error={error} onRetry={() => void Promise.all([app, draft, flow].map((one) => one.refetch()))} />
      )}
      {!error && !(draft.data && flow.data) && <Loading />}
      {draft.data && flow.data && <Report report={flow.data} graph={draft.data.graph} />}
      <p className="mt-6 hidden text-sm text-ink-3 print:block">
        {t('printed', { when: format.fullDateTime(Date.now()) })}
      </p>
    </Page>
  );
}

function Report({ report, graph }: { report: FlowReport; graph: Graph }) {
  const t = useT(words);
  const text = useText();
  const denied = report.crossings.filter((one) => !one.allowed).length || report.problems.length;
  if (!graph.nodes.length) return <p className="py-12 text-center text-ink-2">{t('emptyApp')}</p>;
  return (
    <>
      {denied > 0 ? (
        <Notice kind="bad" title={t('deniedTitle', { n: denied })} className="mb-5">
          <ul className={report.problems.length > 1 ? 'list-disc pl-4' : undefined}>
            {report.problems.map((problem) => (
              <li key={`${problem.code} ${problem.pointer} ${problem.node}`}>{text(problem.message)}</li>
            ))}
          </ul>
        </Notice>
      ) : (
        <p className="mb-5 flex items-center gap-2 font-medium text-ok">
          <ShieldCheck size={17} aria-hidden="true" />
          {t('okTitle')}
        </p>
      )}
      <Section title={t('lanes')}>
        <LaneMap report={report} graph={graph} />
      </Section>
      <Section title={t('crossings')}>
        {report.crossings.length ? (
          <Crossings crossings={report.crossings} graph={graph} />
        ) : (
          <Card className="p-5">
            <p className="font-semibold">{t('none')}</p>
            <p className="text-ink-2">{t('noneHint')}</p>
          </Card>
        )}
      </Section>
    </>
  );
}

const KINDS = ['model', 'dataset', 'host', 'destination', 'subject'] as const;

function Crossings({ crossings, graph }: { crossings: Crossing[]; graph: Graph }) {
  const t = useT(words);
  const text = useText();
  const titles = new Map(graph.nodes.map((node) => [node.id, node.title || node.id]));
  const resource = ({ kind, name }: Crossing) => {
    const known = KINDS.find((one) => one === kind);
    return known ? t(`kind_${known}`, { name }) : name;
  };
  return (
    <Table
      label={t('crossings')}
      rows={crossings}
      rowKey={(one) => [one.node, one.from, one.to, one.kind, one.name].join(' ')}
      columns={[
        {
          id: 'step',
          title: t('step'),
          className: 'py-2',
          cell: (one) => (
            <>
              <span className="block font-medium">{titles.get(one.node) ?? one.node}</span>
              <span className="text-sm text-ink-3">{resource(one)}</span>
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
        {
          id: 'verdict',
          title: t('verdict'),
          className: 'py-2',
          cell: (one) => {
            const Icon = one.allowed ? ShieldCheck : ShieldX;
            return (
              <>
                <span className={one.allowed ? 'font-medium text-ok' : 'font-medium text-bad'}>
                  <Icon size={15} aria-hidden="true" className="mr-1.5 inline align-text-bottom" />
                  {one.allowed ? t('allowed') : t('denied')}
                </span>
                <span className="block text-sm text-ink-2">{text(one.rule)}</span>
              </>
            );
          },
        },
        {
          id: 'path',
          title: t('path'),
          className: 'py-2',
          cell: (one) => (
            <span className="text-sm text-ink-2">{one.path.map((id) => titles.get(id) ?? id).join(' → ')}</span>
          ),
        },
      ]}
    />
  );
}
