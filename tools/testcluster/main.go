// Command testcluster is one binary with the parts of a Kubernetes control plane.
//
// The name it is called by, or else its first argument, says which part runs: etcd, kube-apiserver,
// kube-controller-manager or kube-scheduler. The part's own flags follow. `cargo xtask cluster`
// builds it once and starts the parts.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

var parts = map[string]func() *cobra.Command{
	"kube-apiserver":          apiserver.NewAPIServerCommand,
	"kube-controller-manager": controllers.NewControllerManagerCommand,
	"kube-scheduler":          func() *cobra.Command { return scheduler.NewSchedulerCommand() },
}

func main() {
	arguments := os.Args
	if _, known := parts[filepath.Base(arguments[0])]; !known && filepath.Base(arguments[0]) != "etcd" && len(arguments) > 1 {
		arguments = arguments[1:]
	}
	name := filepath.Base(arguments[0])
	if name == "etcd" {
		etcdmain.Main(arguments)
		return
	}
	part, known := parts[name]
	if !known {
		fmt.Fprintln(os.Stderr, "usage: testcluster etcd|kube-apiserver|kube-controller-manager|kube-scheduler [flags]")
		os.Exit(2)
	}
	os.Args = arguments
	os.Exit(cli.Run(part()))
}
