/** What an edge hands over, edited in place: rows from an output to an input, with their types. */
import { ArrowRight, Plus, RotateCcw, Trash2, X } from 'lucide-react';
import { useLanguage, useText } from '@/i18n';
import { Button } from '@/ui/button';
import { IconButton } from '@/ui/icon-button';
import { nodePorts, useEditor } from '../graph/store';
import { useActions } from './actions';
import { edgeProblems, edgesById, linksInto, nodesById } from './lookup';
import { handing, nextPair, type Pair } from './mapping';
import { OpenInput, PortSelect } from './PortSelect';
import { titleOf } from './spoken';
import { useWords } from './words';

export default function EdgeEditor({ id, onDone }: { id: string; onDone(): void }) {
  const t = useWords();
  const text = useText();
  const language = useLanguage();
  const { locked } = useActions();
  const state = useEditor();
  const edge = edgesById(state.doc.edges).get(id);
  if (!edge) return null;
  const [source, target] = [nodePorts(state, edge.source), nodePorts(state, edge.target)];
  const given = handing(edge, source, target, linksInto(state.doc.edges, edge.target), state.table);
  const open = state.types.get(nodesById(state.doc.nodes).get(edge.target)?.type ?? '')?.open_inputs ?? false;
  const pairs: readonly Pair[] = given.kind === 'mapped' ? given.pairs : [];
  const branch = source.branches.find((one) => one.id === edge.source_handle);
  const write = (next: readonly Pair[]) => state.setMapping(id, Object.fromEntries(next));
  const base = given.kind === 'automatic' ? [given.pair] : pairs;
  const fresh = nextPair(base, source, target, open, state.table);
  const name = (ports: typeof source.outputs, port: string) =>
    text(ports.find((one) => one.name === port)?.label) || port;
  return (
    <div className="flex flex-col gap-3">
      <h2 className="flex min-w-0 items-center gap-1.5 text-md font-semibold">
        <span className="truncate">{titleOf(state, edge.source, language)}</span>
        <ArrowRight size={15} aria-hidden="true" className="shrink-0 text-ink-3" />
        <span className="truncate">{titleOf(state, edge.target, language)}</span>
      </h2>
      {edge.source_handle && (
        <p className="-mt-2 text-sm text-ink-2">
          {t('leavesBy', { branch: branch ? text(branch.label) : edge.source_handle })}
        </p>
      )}
      {edgeProblems(state.problems, state.edgeIds, id).map((one) => (
        <p key={one.code} className="rounded-md bg-bad-soft px-2.5 py-1.5 text-sm text-bad">
          {text(one.message)}
        </p>
      ))}
      {given.kind === 'mapped' ? (
        <ul className="flex flex-col gap-2" aria-label={t('mapping')}>
          {pairs.map(([output, input], row) => {
            const replaced = (pair: Pair) => write(pairs.map((one, at) => (at === row ? pair : one)));
            const type = source.outputs.find((one) => one.name === output)?.type ?? source.outputs[0]?.type ?? 'any';
            return (
              <li key={output} className="flex items-start gap-1.5">
                <PortSelect
                  label={t('output')}
                  value={output === 'output' ? (source.outputs[0]?.name ?? output) : output}
                  ports={source.outputs}
                  disabled={locked}
                  taken={pairs.map(([one]) => one).filter((one) => one !== output)}
                  onChange={(next) => replaced([next, input])}
                />
                <ArrowRight size={15} aria-hidden="true" className="mt-2 shrink-0 text-ink-3" />
                {open ? (
                  <OpenInput
                    value={input}
                    ports={target.inputs}
                    disabled={locked}
                    onChange={(next) => replaced([output, next])}
                  />
                ) : (
                  <PortSelect
                    label={t('input')}
                    value={input}
                    ports={target.inputs}
                    disabled={locked}
                    accepts={{ type, table: state.table }}
                    onChange={(next) => replaced([output, next])}
                  />
                )}
                <IconButton
                  icon={X}
                  size="small"
                  label={t('removePair')}
                  disabled={locked}
                  onClick={() => write(pairs.filter((_, at) => at !== row))}
                />
              </li>
            );
          })}
        </ul>
      ) : (
        <p className="text-ink-2">
          {given.kind === 'automatic'
            ? t('automatic', { output: name(source.outputs, given.pair[0]), input: name(target.inputs, given.pair[1]) })
            : t(given.taken ? 'orderTaken' : 'orderHint')}
        </p>
      )}
      {!locked && (
        <div className="flex flex-wrap items-center gap-2 border-t border-line pt-3">
          <Button size="small" icon={Plus} disabled={!fresh} onClick={() => fresh && write([...base, fresh])}>
            {t('addPair')}
          </Button>
          {given.kind === 'automatic' && (
            <Button size="small" variant="ghost" onClick={() => write([given.pair])}>
              {t('editPair')}
            </Button>
          )}
          {given.kind === 'mapped' && (
            <Button size="small" variant="ghost" icon={RotateCcw} onClick={() => write([])}>
              {t('backToAutomatic')}
            </Button>
          )}
          <Button
            size="small"
            variant="danger"
            icon={Trash2}
            className="ml-auto"
            onClick={() => {
              onDone();
              state.remove({ nodes: [], edges: [id] });
            }}
          >
            {t('cut')}
          </Button>
        </div>
      )}
    </div>
  );
}
