-- wrk: POST the first row of a CSV file to /invocations; one line of figures at the end.
local file = assert(io.open(os.getenv("PAYLOAD"), "r"))
wrk.method = "POST"
wrk.headers["Content-Type"] = "text/csv"
wrk.body = file:read("*l") .. "\n"
file:close()

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format("FIGURES %.0f %.0f %.0f %d\n",
    summary.requests / summary.duration * 1e6,
    latency:percentile(50), latency:percentile(99), failed))
end
