"""Attribution: who received something, which SDK's protocol it is, and why we think so."""
