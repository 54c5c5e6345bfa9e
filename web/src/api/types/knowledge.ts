/** Datasets, documents, passages. */
import type { Text } from '@/i18n';
import type { Label } from './account';

export interface Dataset {
  id: string;
  name: string;
  description: string;
  zone: string;
  label: Label;
  embedding_model: string;
  documents: number;
  chunks: number;
  ready: number;
  failed: number;
  created_at: number;
  updated_at: number;
  sample: boolean;
}

export type DocumentStatus = 'queued' | 'parsing' | 'chunking' | 'embedding' | 'indexing' | 'ready' | 'failed';

export interface Document {
  id: string;
  dataset_id: string;
  name: string;
  size: number;
  media_type: string;
  status: DocumentStatus;
  progress: number;
  counts: { pages?: number; chunks?: number; embedded?: number };
  error: { code: string; message: Text } | null;
  created_at: number;
  updated_at: number;
  attempts: number;
}

export interface Chunk {
  id: string;
  index: number;
  page: number | null;
  start: number;
  end: number;
  heading: string | null;
  text: string;
}

export interface Citation {
  n: number;
  chunk_id: string;
  document_id: string;
  document_name: string;
  dataset: string;
  dataset_id: string;
  page: number | null;
  /** Offsets in the text of the page. */
  start: number;
  end: number;
  text: string;
  score: number;
  /** `text`: by words, `dense`: by vector, `fused`, `rerank`. */
  scores?: Record<string, number | null>;
  heading?: string | null;
  node?: string | null;
}

export interface DocumentPage {
  page: number;
  pages: number;
  text: string;
  width: number | null;
  height: number | null;
  has_image: boolean;
  boxes?: [number, number, number, number][];
}
