/** Characters that a password needs at least. The server says so again, and knows the common ones. */
export const SHORTEST_PASSWORD = 10;
