/** How loud a log line is. `LOG_LEVEL` names the least that is written. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
