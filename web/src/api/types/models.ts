/** Models, providers, policy. */
import type { Text } from '@/i18n';

export interface Model {
  name: string;
  provider: string;
  kind: 'chat' | 'embedding';
  zone: string;
  offline: boolean;
  label: Text;
}

export interface Models {
  items: Model[];
  default_chat: string | null;
  default_embedding: string | null;
}

/** Prices are of a million tokens; none where nobody said one. */
export interface ServedModel {
  name: string;
  kind: 'chat' | 'embedding';
  input_price: number | null;
  output_price: number | null;
}

export interface Provider {
  id: string;
  name: string;
  base_url: string;
  zone: string;
  models: ServedModel[];
  has_key: boolean;
  created_at: number;
}

export interface ProviderTest {
  ok: boolean;
  ms: number;
  models: string[];
  error: { code: string; message: Text } | null;
}

export interface Policy {
  levels: string[];
  zones: { name: string; description: Text | string }[];
  rules: unknown[];
  [more: string]: unknown;
}
