/** Says how the run goes, politely and at most once a second: counts, and the name of what failed. */
import { useEffect, useState } from 'react';
import { type Language, useLanguage } from '@/i18n';
import type { RunView } from '@/runs/fold';
import { useRun } from '@/runs/store';
import { useEditor } from '../graph/store';
import { titleOf } from './spoken';
import { useWords, type Word } from './words';

const PAUSE_MS = 1000;

type Say = (key: Word, values?: Record<string, string | number>) => string;

export function progress(view: RunView | null, t: Say, name: (id: string) => string): string {
  if (!view) return '';
  let [done, running] = [0, 0];
  const failed: string[] = [];
  for (const [id, { status }] of Object.entries(view.nodes)) {
    if (status === 'succeeded') done++;
    else if (status === 'failed') failed.push(name(id));
    else if (status === 'running' || status === 'retrying') running++;
  }
  const parts = [
    done && t('saidDone', { n: done }),
    running && t('saidRunning', { n: running }),
    failed.length && t('saidFailed', { n: failed.length, names: failed.slice(0, 3).join(t('and')) }),
  ];
  return parts.filter(Boolean).join(t('comma'));
}

export function Announcer() {
  const t = useWords();
  const language = useLanguage();
  const [said, setSaid] = useState('');
  useEffect(() => announce(t, language, setSaid), [t, language]);
  return (
    <p aria-live="polite" className="sr-only">
      {said}
    </p>
  );
}

function announce(t: Say, language: Language, say: (text: string) => void) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const now = () => {
    timer = undefined;
    say(progress(useRun.getState().view, t, (id) => titleOf(useEditor.getState(), id, language)));
  };
  const stop = useRun.subscribe((state, before) => {
    if (state.view !== before.view) timer ??= setTimeout(now, PAUSE_MS);
  });
  return () => {
    stop();
    clearTimeout(timer);
  };
}
