/** `/chat/opening` is `/opening` to the form; the switch is `/chat`, variables are as the checker names them. */
export function chatPointer(pointer: string | null): string | null {
  const path = pointer ?? '';
  if (path === '/chat' || /^\/conversation(\/|$)/.test(path)) return path;
  return path.startsWith('/chat/') ? path.slice('/chat'.length) : null;
}
