// One binary with every part of a Kubernetes control plane: it links once instead of four times.
//
//	control-plane etcd|kube-apiserver|kube-scheduler|kube-controller-manager [the part's own flags]
//	control-plane certificates --dir DIR
//	control-plane client-certificate --dir DIR --user NAME [--group NAME]...
//	control-plane oracle [questions on standard input, answers on standard output: oracle.go]
//	kubectl [its own arguments], when the binary is called by that name
//
// The parts are Kubernetes' own commands, unchanged. Each is constructed only when asked for, because its
// construction registers feature gates and flags that the others must not see.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	_ "time/tzdata" // as the upstream mains do: hosts without a zone database

	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

func main() {
	if filepath.Base(os.Args[0]) == "kubectl" {
		command := kubectl.NewDefaultKubectlCommand()
		if err := cli.RunNoErrOutput(command); err != nil {
			util.CheckErr(err) // Prints it, and exits with its code.
		}
		return
	}
	if len(os.Args) < 2 {
		fail(fmt.Errorf("which part? etcd, kube-apiserver, kube-scheduler, kube-controller-manager, certificates, client-certificate or oracle"))
	}
	part, rest := os.Args[1], os.Args[2:]
	// The parts read os.Args themselves: as the process of that name they find their own flags there.
	os.Args = append([]string{part}, rest...)
	switch part {
	case "etcd":
		etcdmain.Main(os.Args)
	case "kube-apiserver":
		os.Exit(cli.Run(apiserver.NewAPIServerCommand()))
	case "kube-scheduler":
		os.Exit(cli.Run(scheduler.NewSchedulerCommand()))
	case "kube-controller-manager":
		os.Exit(cli.Run(controllermanager.NewControllerManagerCommand()))
	case "certificates":
		fail(writeCertificates(rest))
	case "client-certificate":
		fail(writeClientCertificate(rest))
	case "oracle":
		fail(answerQuestions())
	default:
		fail(fmt.Errorf("no such part: %s", part))
	}
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}
