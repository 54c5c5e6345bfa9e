/** After publishing: the version's tests run by themselves; what they came to is said when they are done. */
import type { QueryClient } from '@tanstack/react-query';
import { evaluationsQuery } from '@/api/queries';
import type { EvaluationSummary } from '@/api/types';
import type { Translate } from '@/i18n';
import { allOf } from '@/runs/Tested';
import { toast } from '@/ui/toast';
import type { words } from './words';

const EVERY_MS = 1500;
/** Longer than this nobody waits for a message; the result stands beside the version. */
const MOST = 400;

interface Around {
  client: QueryClient;
  t: Translate<keyof typeof words.en>;
  /** Opens the results. */
  open(evaluationId: string): void;
}

export async function watchTests(appId: string, version: number, { client, t, open }: Around): Promise<void> {
  for (let round = 0; round < MOST; round++) {
    const list = await client.fetchQuery({ ...evaluationsQuery(appId), staleTime: 0 });
    const found = list.find((one) => one.version === version && one.trigger === 'publish');
    // No cases, no tests: the evaluation is begun before the answer to the publishing comes.
    if (!found) return;
    if (found.status !== 'running') return say(found);
    if (!round) toast(t('testsRunning', { n: version, all: found.total }));
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }

  function say(done: EvaluationSummary) {
    const sums = done.variants[0]?.sums;
    // One that was stopped or waits for a person has come to nothing that is worth a message.
    if (!sums || done.status !== 'done') return;
    const all = allOf(sums);
    const good = sums.passed === all;
    const values = { n: version, all };
    toast(good ? t('testsPassed', values) : t('testsFailed', { ...values, passed: sums.passed }), {
      tone: good ? 'ok' : 'bad',
      action: { label: t('seeResults'), run: () => open(done.id) },
    });
  }
}
