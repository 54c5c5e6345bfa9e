/** Tags as people write them in one line: between commas of either script, or spaces; each once. */
export const tagsOf = (text: string) => [...new Set(text.split(/[,，、\s]+/).filter(Boolean))];
