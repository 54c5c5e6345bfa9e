/** Where each input of the node comes from, and a way to connect it without the mouse's long drag. */
import { ArrowLeft, CircleAlert, CircleDashed, Link2, Unlink } from 'lucide-react';
import { useMemo } from 'react';
import type { GraphNode, PortSpec } from '@/api/types';
import { useText } from '@/i18n';
import { cn } from '@/lib/cn';
import { IconButton } from '@/ui/icon-button';
import { inHandle, outHandle } from '../graph/document';
import { nodePorts, useEditor } from '../graph/store';
import { PickList } from './form/PickList';
import { type Around, type Bound, boundInputs, candidates, type Source } from './inputs';
import { Section } from './Section';
import { useNodeTitle, useTypeName } from './titles';
import { usePanelWords } from './words';

const around = (): Around => {
  const state = useEditor.getState();
  return { doc: state.doc, table: state.table, portsOf: (id) => nodePorts(state, id) };
};

export function InputsSection({ node }: { node: GraphNode }) {
  const t = usePanelWords();
  const doc = useEditor((state) => state.doc);
  const ports = useEditor((state) => state.ports);
  // biome-ignore lint/correctness/useExhaustiveDependencies: read from the store, which these are parts of
  const bound = useMemo(() => boundInputs(node.id, around()), [node.id, doc, ports]);
  if (!bound.length) return null;
  return (
    <Section title={t('inputs')}>
      <ul className="flex flex-col">
        {bound.map((one) => (
          <InputRow key={one.port.name} node={node} bound={one} />
        ))}
      </ul>
    </Section>
  );
}

function InputRow({ node, bound: { port, sources } }: { node: GraphNode; bound: Bound }) {
  const t = usePanelWords();
  const text = useText();
  const typeName = useTypeName();
  const canEdit = useEditor((state) => state.canEdit);
  const missing = port.required && !sources.length;
  const name = text(port.label) || port.name;
  return (
    <li className="flex min-h-8 items-center gap-2" data-field={`/@input/${port.name}`}>
      <span className="w-24 shrink-0 truncate text-ink-2" title={`${port.name} · ${typeName(port.type)}`}>
        {name}
        {port.required && (
          <span aria-hidden="true" className="text-bad">
            {' *'}
          </span>
        )}
      </span>
      <span className="flex min-w-0 flex-1 flex-col">
        {sources.map((source) => (
          <SourceLine key={`${source.edge.id} ${source.output}`} source={source} canEdit={canEdit} />
        ))}
        {!sources.length && (
          <span
            className={cn('flex items-center gap-1.5 px-1 text-sm', missing ? 'font-medium text-bad' : 'text-ink-3')}
          >
            {missing ? <CircleAlert size={14} aria-hidden="true" /> : <CircleDashed size={14} aria-hidden="true" />}
            {missing ? t('inputMissing') : t('notConnected')}
          </span>
        )}
      </span>
      {canEdit && <Connect node={node} port={port} name={name} />}
    </li>
  );
}

function SourceLine({ source, canEdit }: { source: Source; canEdit: boolean }) {
  const t = usePanelWords();
  const text = useText();
  const title = useNodeTitle();
  const { select, remove, setMapping } = useEditor.getState();
  const from = `${title(source.node)} · ${text(source.port?.label) || source.output}`;
  const cut = () => {
    const { [source.output]: _, ...rest } = source.edge.data?.mapping ?? {};
    // An edge whose mapping is empty would bind the first ports again.
    if (Object.keys(rest).length) setMapping(source.edge.id, rest);
    else remove({ nodes: [], edges: [source.edge.id] });
  };
  return (
    <span className="flex min-w-0 items-center">
      <button
        type="button"
        title={from}
        aria-label={t('goTo', { name: from })}
        onClick={() => select({ nodes: [source.node.id] })}
        className="flex h-7 min-w-0 items-center gap-1.5 rounded-sm px-1 text-left hover:bg-sunken"
      >
        <ArrowLeft size={14} aria-hidden="true" className="shrink-0 text-ink-3" />
        <span className="truncate">{from}</span>
      </button>
      {canEdit && (
        <IconButton
          icon={Unlink}
          size="small"
          label={t('disconnect', { name: from })}
          onClick={cut}
          className="ml-auto"
        />
      )}
    </span>
  );
}

function Connect({ node, port, name }: { node: GraphNode; port: PortSpec; name: string }) {
  const t = usePanelWords();
  const text = useText();
  const title = useNodeTitle();
  const typeName = useTypeName();
  const offered = () =>
    candidates(node.id, port, around()).map((one) => ({
      value: JSON.stringify([one.node.id, one.port.name]),
      label: text(one.port.label) || one.port.name,
      group: title(one.node),
      mark: typeName(one.port.type),
    }));
  const connect = (value: string) => {
    const [source, output] = JSON.parse(value) as [string, string];
    useEditor.getState().connect({
      source,
      sourceHandle: outHandle(output),
      target: node.id,
      targetHandle: inHandle(port.name),
    });
  };
  return (
    <PickList
      label={t('connectTo', { name })}
      search={t('searchOutputs')}
      options={offered}
      onTake={connect}
      none={(total) => (total ? t('noSuchVariable') : t('nothingFits'))}
      trigger={<IconButton icon={Link2} size="small" label={t('connectTo', { name })} />}
    />
  );
}
