// The two ends of the measurement: a mock of Anthropic's Messages API, and a closed-loop load generator that checks each answer.
// Both are as cheap as they can be made, so that what is measured is what stands between them.
package main

import (
	"fmt"
	"os"
)

func main() {
	if len(os.Args) < 2 {
		fail("usage: harness mock|load [flags]")
	}
	switch os.Args[1] {
	case "mock":
		runMock(os.Args[2:])
	case "load":
		runLoad(os.Args[2:])
	default:
		fail("unknown command " + os.Args[1] + "; there are mock and load")
	}
}

func fail(why string) {
	fmt.Fprintln(os.Stderr, why)
	os.Exit(1)
}
