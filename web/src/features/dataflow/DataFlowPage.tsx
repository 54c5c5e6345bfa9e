import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { Download, Printer, ShieldCheck, Workflow } from 'lucide-react';
import { appQuery, dataFlowQuery, draftQuery, versionQuery } from '@/api/queries';
import type { FlowReport, Graph } from '@/api/types';
import { useT, useText } from '@/i18n';
import { Button, buttonClass } from '@/ui/button';
import { LazySelect } from '@/ui/lazy-select';
import { Menu, MenuItem } from '@/ui/menu';
import { ErrorNotice, Notice } from '@/ui/notice';
import { Card, Page, Section } from '@/ui/page';
import { Loading } from '@/ui/spinner';
import { Crossings } from './Crossings';
import { asCsv, asJson, saveFile } from './file';
import { LaneMap } from './LaneMap';
import { Legend } from './Legend';
import { Lowerings } from './Lowerings';
import { Sheet } from './Sheet';
import { usePrinting } from './usePrinting';
import { words } from './words';

type Which = 'draft' | 'published';

export default function DataFlowPage() {
  const t = useT(words);
  const { appId } = useParams({ from: '/shell/apps/$appId/data-flow' });
  const wanted = useSearch({ from: '/shell/apps/$appId/data-flow' }).version;
  const navigate = useNavigate();
  const app = useQuery(appQuery(appId));
  const published = app.data?.published_version ?? null;
  // What people use is what is asked about, until somebody asks for what is being made.
  const which: Which = published === null || wanted === 'draft' ? 'draft' : 'published';
  const draft = useQuery({ ...draftQuery(appId), enabled: Boolean(app.data) && which === 'draft' });
  const version = useQuery({ ...versionQuery(appId, published ?? 0), enabled: which === 'published' });
  const flow = useQuery({ ...dataFlowQuery(appId, which), enabled: Boolean(app.data), staleTime: 0 });
  const onPaper = usePrinting();
  const shown = which === 'draft' ? draft : version;
  const graph = shown.data?.graph;
  const error = app.error ?? shown.error ?? flow.error;
  return (
    <Page
      title={t('title')}
      hint={app.data && t('hint', { name: app.data.name })}
      actions={
        <div className="flex flex-wrap gap-2 print:hidden">
          {published !== null && (
            <LazySelect
              label={t('version')}
              className="w-40!"
              value={which}
              onChange={(next) => void navigate({ to: '.', search: { version: next }, replace: true })}
              options={[
                { value: 'published', label: t('published', { n: published }) },
                { value: 'draft', label: t('draft') },
              ]}
            />
          )}
          <Link to="/apps/$appId/design" params={{ appId }} className={buttonClass()}>
            <Workflow size={16} aria-hidden="true" />
            {t('design')}
          </Link>
          {app.data && flow.data && (
            <Files name={`${app.data.name} ${which === 'published' ? `v${published}` : which}`} report={flow.data} />
          )}
          <Button icon={Printer} onClick={() => print()}>
            {t('print')}
          </Button>
        </div>
      }
    >
      {error && (
        <ErrorNotice error={error} onRetry={() => void Promise.all([app, shown, flow].map((one) => one.refetch()))} />
      )}
      {!error && !(graph && flow.data) && <Loading />}
      {app.data && graph && flow.data && (
        <>
          <Sheet
            app={app.data}
            version={(which === 'published' && version.data) || null}
            revision={draft.data?.revision ?? 0}
          />
          <Report report={flow.data} graph={graph} onPaper={onPaper} isDraft={which === 'draft'} />
        </>
      )}
    </Page>
  );
}

interface ReportProps {
  report: FlowReport;
  graph: Graph;
  onPaper: boolean;
  isDraft: boolean;
}

function Report({ report, graph, onPaper, isDraft }: ReportProps) {
  const t = useT(words);
  const text = useText();
  const whole = !report.problems.some((problem) => problem.code === 'flow_incomplete');
  const denied = report.crossings.filter((one) => !one.allowed).length || report.problems.length - (whole ? 0 : 1);
  const deniedTitle = t(isDraft ? 'deniedTitle' : 'deniedPublished', { n: denied });
  if (!graph.nodes.length) return <p className="py-12 text-center text-ink-2">{t('emptyApp')}</p>;
  return (
    <>
      {denied > 0 || !whole ? (
        <Notice kind="bad" title={denied > 0 ? deniedTitle : t('incomplete')} className="mb-5">
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
        <Legend report={report} />
      </Section>
      <Section title={t('crossings')}>
        {report.crossings.length ? (
          <Crossings label={t('crossings')} crossings={report.crossings} graph={graph} />
        ) : (
          <Card className="p-5">
            <p className="font-semibold">{t(whole ? 'none' : 'noneSeen')}</p>
            {whole && <p className="text-ink-2">{t('noneHint')}</p>}
          </Card>
        )}
      </Section>
      {report.lowered.length > 0 && (
        <div className="break-inside-avoid">
          <Section title={t('lowered')}>
            <p className="mb-3 text-ink-2">{t('loweredHint')}</p>
            <Lowerings lowered={report.lowered} graph={graph} />
          </Section>
        </div>
      )}
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
