module freehold/bench/harness

go 1.22
