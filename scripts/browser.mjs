export function chromiumLaunch() { return { executablePath: '/usr/bin/chromium', args: [] }; }
