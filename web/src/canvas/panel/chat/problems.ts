/** What is wrong with how the app chats: the checker's answer, and what the browser sees while people type. */
import { useMemo } from 'react';
import { useText } from '@/i18n';
import { useEditor } from '../../graph/store';
import { useFieldLabel } from '../form/labels';
import { fieldsOf, type Schema } from '../form/schema';
import { faults } from '../form/validate';
import type { NodeProblem } from '../problems';
import { usePanelWords } from '../words';
import { chatPointer } from './pointer';
import { VARIABLES } from './schema';

export function useChatProblems(schema: Schema): NodeProblem[] {
  const t = usePanelWords();
  const text = useText();
  const label = useFieldLabel();
  const problems = useEditor((state) => state.said.problems);
  const chat = useEditor((state) => state.whole.chat);
  const conversation = useEditor((state) => state.whole.conversation);
  return useMemo(() => {
    const names = new Map(
      [schema, VARIABLES].flatMap((one) => fieldsOf(one, one)).map((one) => [one.name, label(one)]),
    );
    const local = [...faults(schema, chat ?? {}), ...faults(VARIABLES, conversation ? { conversation } : {})];
    const found: NodeProblem[] = local.map(({ pointer, word, values }) => {
      const field = names.get(pointer.split('/')[1] ?? '');
      return { pointer, text: t(word, values), field, severity: 'error' };
    });
    const told = new Set(local.map((fault) => fault.pointer));
    for (const problem of problems) {
      const pointer = chatPointer(problem.pointer);
      if (pointer === null || told.has(pointer)) continue;
      found.push({ pointer, text: text(problem.message), severity: problem.severity });
    }
    return found;
  }, [problems, schema, chat, conversation, t, text, label]);
}
