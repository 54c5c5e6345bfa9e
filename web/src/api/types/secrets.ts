/** Named secrets of a workspace, never their values; and the keys that they are sealed with. */

export interface Secret {
  id: string;
  name: string;
  about: string;
  /** Where it may be sent to. */
  hosts: string[];
  created_at: number;
  updated_at: number;
  used_at: number | null;
  used_by: { app_id: string; name: string }[];
}

export interface SecretKeys {
  kek: { source: string; id: string };
  /** `current`: the version of this workspace's, 0 before its first secret; `old`: how many before it are still kept. */
  data_keys: { current: number; old: number };
  rotating: boolean;
}
