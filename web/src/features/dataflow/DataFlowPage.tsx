import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { Download, Printer, ShieldCheck, Workflow } from 'lucide-react';
import { appQuery, dataFlowQuery, draftQuery } from '@/api/queries';
import { sessionQuery } from '@/api/session';
import type { App, FlowReport, Graph } from '@/api/types';
import { useFormat, useT, useText } from '@/i18n';
import { Button, buttonClass } from '@/ui/button';
import { Menu, MenuItem } from '@/ui/menu';
import { ErrorNotice, Notice } from '@/ui/notice';
import { Card, Page, Section } from '@/ui/page';
import { Loading } from '@/ui/spinner';
import { Crossings } from './Crossings';
import { asCsv, asJson, saveFile } from './file';
import { LaneMap } from './LaneMap';
import { usePrinting } from './usePrinting';
import { words } from './words';

export default function DataFlowPage() {
  const t = useT(words);
  const { appId } = useParams({ from: '/shell/apps/$appId/data-flow' });
  const app = useQuery(appQuery(appId));
  const draft = useQuery(draftQuery(appId));
  const flow = useQuery({ ...dataFlowQuery(appId), staleTime: 0 });
  const onPaper = usePrinting();
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
          {app.data && flow.data && <Files name={app.data.name} report={flow.data} />}
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
      {draft.data && flow.data && <Report report={flow.data} graph={draft.data.graph} onPaper={onPaper} />}
      {app.data && draft.data && <Printed app={app.data} revision={draft.data.revision} />}
    </Page>
  );
}

/** What a sheet of paper must say of itself: which app in which state, when, by whom. */
function Printed({ app, revision }: { app: App; revision: number }) {
  const t = useT(words);
  const format = useFormat();
  const session = useQuery(sessionQuery);
  const published = app.published_version;
  return (
    <dl className="mt-6 hidden grid-cols-[auto_1fr] gap-x-4 gap-y-0.5 border-t border-line pt-3 text-sm text-ink-2 print:grid">
      <dt>{t('sheetApp')}</dt>
      <dd>{`${app.name} (${app.id})`}</dd>
      <dt>{t('sheetState')}</dt>
      <dd>{published === null ? t('stateNew', { n: revision }) : t('statePublished', { n: revision, published })}</dd>
      <dt>{t('sheetPrinted')}</dt>
      <dd>
        {t('printed', {
          when: format.fullDateTime(Date.now()),
          who: session.data?.user.username ?? '',
          where: session.data?.workspace.name ?? '',
        })}
      </dd>
    </dl>
  );
}

function Report({ report, graph, onPaper }: { report: FlowReport; graph: Graph; onPaper: boolean }) {
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
        <LaneMap report={report} graph={graph} onPaper={onPaper} />
      </Section>
      <Section title={t('crossings')}>
        {report.crossings.length ? (
          <Crossings label={t('crossings')} crossings={report.crossings} graph={graph} />
        ) : (
          <Card className="p-5">
            <p className="font-semibold">{t('none')}</p>
            <p className="text-ink-2">{t('noneHint')}</p>
          </Card>
        )}
      </Section>
      {report.others.length > 0 && (
        <Section title={t('others')}>
          <p className="mb-3 text-ink-2">{t('othersHint')}</p>
          <Crossings label={t('others')} crossings={report.others} graph={graph} />
        </Section>
      )}
    </>
  );
}

function Files({ name, report }: { name: string; report: FlowReport }) {
  const t = useT(words);
  const trigger = <Button icon={Download}>{t('download')}</Button>;
  return (
    <Menu trigger={trigger}>
      <MenuItem onSelect={() => saveFile(`${name} data-flow.csv`, asCsv(report), 'text/csv')}>{t('csv')}</MenuItem>
      <MenuItem onSelect={() => saveFile(`${name} data-flow.json`, asJson(report), 'application/json')}>
        {t('json')}
      </MenuItem>
    </Menu>
  );
}
