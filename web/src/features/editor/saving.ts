/** Autosave: every edit reaches the server shortly after it rests, one request at a time, and says how it stands. */
import { create } from 'zustand';
import { api } from '@/api/client';
import { type ApiError, asApiError } from '@/api/errors';
import { backOff } from '@/api/stream';
import type { Draft } from '@/api/types';
import { type Doc, toGraph } from '@/canvas/graph/document';
import { useEditor } from '@/canvas/graph/store';

export type SaveStatus = 'saved' | 'dirty' | 'saving' | 'failed' | 'conflict';

interface SaveState {
  status: SaveStatus;
  savedAt: number;
  error: ApiError | null;
}

export const useSaving = create<SaveState>(() => ({ status: 'saved', savedAt: 0, error: null }));

const REST_MS = 800;

/** Saves one open draft until `close`. */
export class Saver {
  private saved: Doc;
  private timer = 0;
  private tries = 0;
  private running: Promise<boolean> | null = null;
  private readonly unsubscribe: () => void;

  constructor(
    private readonly appId: string,
    private revision: number,
    savedAt: number,
    private readonly onSaved: (draft: Draft) => void,
  ) {
    this.saved = useEditor.getState().whole;
    useSaving.setState({ status: 'saved', savedAt, error: null });
    this.unsubscribe = useEditor.subscribe((state, before) => {
      if (state.whole !== before.whole && state.appId === this.appId) this.touched();
    });
    addEventListener('online', this.now);
  }

  /** Saves what is unsaved, at once. True if the server has everything. */
  readonly flush = async (): Promise<boolean> => {
    clearTimeout(this.timer);
    if (this.running) await this.running;
    if (useSaving.getState().status === 'conflict') return false;
    return this.clean() || this.save();
  };

  /** Writes over what somebody else saved: `revision` is theirs. */
  readonly overwrite = (revision: number): Promise<boolean> => {
    this.revision = revision;
    useSaving.setState({ status: 'dirty', error: null });
    return this.save();
  };

  /** What is on the screen now is the server's `revision`. */
  readonly accept = (draft: Draft): void => {
    this.revision = draft.revision;
    this.saved = useEditor.getState().whole;
    useSaving.setState({ status: 'saved', savedAt: draft.saved_at, error: null });
  };

  readonly close = (): void => {
    this.unsubscribe();
    removeEventListener('online', this.now);
    void this.flush();
  };

  private clean(): boolean {
    const { whole, appId } = useEditor.getState();
    return whole === this.saved || appId !== this.appId;
  }

  private readonly now = () => void this.flush();

  private touched() {
    if (useSaving.getState().status === 'conflict') return;
    useSaving.setState({ status: this.clean() ? 'saved' : 'dirty' });
    clearTimeout(this.timer);
    if (!this.clean()) this.timer = window.setTimeout(this.now, REST_MS);
  }

  private save(): Promise<boolean> {
    const { whole: doc } = useEditor.getState();
    useSaving.setState({ status: 'saving' });
    this.running = api
      .put<Draft>(`/apps/${this.appId}/draft`, { graph: toGraph(doc), base_revision: this.revision })
      .then(
        (draft) => this.taken(doc, draft),
        (error) => this.refused(asApiError(error)),
      )
      .finally(() => {
        this.running = null;
      });
    return this.running;
  }

  private taken(doc: Doc, draft: Draft): boolean {
    this.revision = draft.revision;
    this.saved = doc;
    this.tries = 0;
    this.onSaved(draft);
    if (useEditor.getState().appId === this.appId) {
      useEditor.getState().setChecked(
        draft,
        doc.edges.map((edge) => edge.id),
      );
    }
    useSaving.setState({ status: 'saved', savedAt: draft.saved_at, error: null });
    if (!this.clean()) this.touched();
    return this.clean();
  }

  private refused(error: ApiError): boolean {
    if (error.code === 'draft_changed') {
      useSaving.setState({ status: 'conflict', error });
      return false;
    }
    useSaving.setState({ status: 'failed', error });
    // A refusal for good (a graph that is too large, a session that ended) is not mended by asking again.
    if (error.status === 0 || error.status >= 500)
      this.timer = window.setTimeout(this.now, backOff(this.tries++) + 1000);
    return false;
  }
}
