/** Work that nobody takes, or that was given up. */
export interface Incident {
  id: string;
  what: 'stuck' | 'given_up';
  kind: 'run' | 'document' | 'evaluation';
  /** The id of the run, the document or the evaluation. */
  subject: string;
  /** The id of the document's dataset or the evaluation's app. */
  within: string | null;
  title: string;
  code: string;
  found_at: number;
}
