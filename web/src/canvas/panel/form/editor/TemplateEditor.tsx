/** A template in CodeMirror: names in colour, unknown ones underlined, names and filters completed. */
import {
  acceptCompletion,
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
  completionKeymap,
} from '@codemirror/autocomplete';
import { RangeSetBuilder } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView, keymap, ViewPlugin, type ViewUpdate } from '@codemirror/view';
import { useMemo } from 'react';
import type { Translate } from '@/i18n';
import { useTypeName } from '../../titles';
import { usePanelWords, type words } from '../../words';
import { type FieldScope, isSecret } from '../scope';
import { asked, closing, FILTERS, insertion, openTag, tokens, unknownNames } from '../template';
import { type EditorProps, useEditorView } from './useEditorView';

interface Props extends EditorProps {
  scope: FieldScope;
}

export default function TemplateEditor(props: Props) {
  const { scope } = props;
  const t = usePanelWords();
  const typeName = useTypeName();
  const live = useMemo(
    () => [
      colours(scope.known, (name) =>
        isSecret(name) && !scope.holdsSecrets ? t('secretNotHere') : t('unknownName', { name }),
      ),
      completions(scope, t, typeName),
    ],
    [scope, t, typeName],
  );
  const host = useEditorView(props, ALWAYS, live, (view, name) => {
    const { from, to } = view.state.selection.main;
    write(view, name, from, to);
  });
  return <div ref={host} />;
}

/** Tab takes an offered name while the list is open, and leaves the field while it is not. */
const ALWAYS = [EditorView.lineWrapping, keymap.of([...completionKeymap, { key: 'Tab', run: acceptCompletion }])];

function colours(known: (name: string) => boolean, sentence: (name: string) => string) {
  const draw = (view: EditorView): DecorationSet => {
    const source = view.state.doc.toString();
    const unknown = new Set(unknownNames(source, known).map((token) => token.from));
    const marks = new RangeSetBuilder<Decoration>();
    for (const { kind, from, to, text } of tokens(source)) {
      if (from === to) continue;
      const lost = kind === 'name' && unknown.has(from);
      const attributes = lost ? { title: sentence(text) } : undefined;
      marks.add(from, to, Decoration.mark({ class: lost ? 'cm-t-unknown' : `cm-t-${kind}`, attributes }));
    }
    return marks.finish();
  };
  return ViewPlugin.fromClass(
    class {
      marks: DecorationSet;
      constructor(view: EditorView) {
        this.marks = draw(view);
      }
      update(update: ViewUpdate) {
        if (update.docChanged) this.marks = draw(update.view);
      }
    },
    { decorations: (plugin) => plugin.marks },
  );
}

function completions(
  { names: scope, secrets }: FieldScope,
  t: Translate<keyof typeof words.en>,
  typeName: (type: string) => string,
) {
  const sections = new Map<string, { name: string; rank: number }>();
  const names: Completion[] = scope.map(({ name, type, from, title }, rank) => {
    const source = title || from || t('fromSystem');
    const section = sections.get(source) ?? { name: source, rank };
    sections.set(source, section);
    // Nearest first, as the server orders them.
    return {
      label: name,
      detail: typeName(type),
      section,
      boost: -Math.min(rank, 99),
      apply: (view: EditorView, _: Completion, from: number, to: number) => write(view, name, from, to),
    };
  });
  const filters: Completion[] = FILTERS.map((name, rank) => ({
    label: name,
    detail: t(`filter_${name}` as keyof typeof words.en),
    boost: -rank,
    apply: (view, _, from, to) => {
      const text = name + (openTag(around(view, -1, from)) === '{{' ? closing(around(view, 1, to)) : '');
      view.dispatch({ changes: { from, to, insert: text }, selection: { anchor: from + text.length } });
    },
  }));
  const source = (context: CompletionContext): CompletionResult | null => {
    const wanted = asked(context.state.sliceDoc(Math.max(0, context.pos - 2000), context.pos));
    if (!wanted) return null;
    if (wanted.kind === 'filter') {
      return { from: context.pos - wanted.typed.length, options: filters, validFor: /^\w*$/ };
    }
    // An empty list would only close: this one says why, and is the way to the first.
    if (secrets && !secrets.names.length && isSecret(wanted.typed)) {
      const apply = () => void (secrets.mayAdd && open('/secrets', '_blank', 'noopener'));
      const label = t(secrets.mayAdd ? 'addFirstSecret' : 'noSecrets');
      return { from: context.pos, options: [{ label, apply }], filter: false };
    }
    return { from: context.pos - wanted.typed.length, options: names, validFor: /^[\p{L}\p{N}_.]*$/u };
  };
  return autocompletion({ override: [source], icons: false, activateOnTyping: true, activateOnTypingDelay: 0 });
}

/** Writes a name over `from` to `to`, with the braces that are missing around it. */
function write(view: EditorView, name: string, from: number, to: number) {
  const { back, text } = insertion(around(view, -1, from), around(view, 1, to), name);
  view.dispatch({
    changes: { from: from - back, to, insert: text },
    selection: { anchor: from - back + text.length },
    userEvent: 'input.complete',
    scrollIntoView: true,
  });
}

/** Enough of the text on one side of a place to know which tag it is in. */
const around = ({ state }: EditorView, side: 1 | -1, at: number) =>
  side < 0 ? state.sliceDoc(Math.max(0, at - 2000), at) : state.sliceDoc(at, at + 200);
