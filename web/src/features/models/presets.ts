/** Addresses of services that people ask for most. Only to fill the form; nothing is called. */

export interface Preset {
  id: string;
  name: string;
  url: string;
  needsKey: boolean;
}

export const PRESETS: Preset[] = [
  { id: 'ollama', name: 'Ollama', url: 'http://127.0.0.1:11434/v1', needsKey: false },
  { id: 'vllm', name: 'vLLM', url: 'http://127.0.0.1:8000/v1', needsKey: false },
  { id: 'dashscope', name: 'DashScope', url: 'https://dashscope.aliyuncs.com/compatible-mode/v1', needsKey: true },
  { id: 'deepseek', name: 'DeepSeek', url: 'https://api.deepseek.com/v1', needsKey: true },
  { id: 'openai', name: 'OpenAI', url: 'https://api.openai.com/v1', needsKey: true },
];

/** A guess from its name; the person can change it. */
export function guessKind(model: string): 'chat' | 'embedding' {
  return /embed|bge|gte-|e5-|m3e/i.test(model) ? 'embedding' : 'chat';
}

/** A guess from its address: is the service on this network? */
export function isNear(url: string): boolean {
  try {
    const { hostname } = new URL(url);
    return /^(localhost|.*\.local|.*\.internal|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|\[::1\])/.test(hostname);
  } catch {
    return false;
  }
}

export const isAddress = (url: string) => /^https?:\/\/[^\s/]+/.test(url.trim());
