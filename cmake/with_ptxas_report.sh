#!/bin/sh
# with_ptxas_report.sh REPORT COMMAND…: runs nvcc with -Xptxas -v. What ptxas says of registers and spills goes to
# REPORT, which a test reads; everything else is shown.
report=$1
shift
"$@" > "$report" 2>&1
code=$?
grep -v 'ptxas info\|bytes stack frame' "$report"
exit $code
