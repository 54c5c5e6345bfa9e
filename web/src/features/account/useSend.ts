/** Sends a form and says how that stands. Not the query library's way: what it needs is not on the first screen else. */
import { useState } from 'react';

interface Options<Answer> {
  send(): Promise<Answer>;
  onDone(answer: Answer): Promise<void>;
  onFailed?(error: unknown): void;
}

type State = { at: 'rest' | 'pending' } | { at: 'failed'; error: unknown };

export function useSend<Answer>({ send, onDone, onFailed }: Options<Answer>) {
  const [state, setState] = useState<State>({ at: 'rest' });
  const submit = async () => {
    if (state.at === 'pending') return;
    setState({ at: 'pending' });
    try {
      await onDone(await send());
      setState({ at: 'rest' });
    } catch (error) {
      setState({ at: 'failed', error });
      onFailed?.(error);
    }
  };
  const reset = () => setState({ at: 'rest' });
  return { submit, reset, pending: state.at === 'pending', error: state.at === 'failed' ? state.error : null };
}
