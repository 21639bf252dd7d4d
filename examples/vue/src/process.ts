/** What is used here of the state of a process; docs/reference/states.md has all of it. */
export interface Process {
  status: string;
  name?: string;
  lease?: string;
}

export interface Output {
  output: string;
  stream?: string;
}
