"""`make bench`: every measurement that needs nothing from outside; cleaning has its own, `make bench-cleaning`."""

from benchmarks import commits, crawl, idle, startup

startup.main()
idle.main()
crawl.main()
commits.main()
